// Command client writes a Sandbox as a controller does that was built with upstream's Go types: it gets the
// object, changes a field and updates the whole. Fields that the types do not have are lost on the way.
//
//	client -label KEY=VALUE NAMESPACE NAME
//	client -mode Suspended NAMESPACE NAME
//
// It connects as the file that KUBECONFIG names says, and prints warnings and refusals as it gets them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sigs.k8s.io/agent-sandbox/api/v1beta1"
)

func main() {
	label := flag.String("label", "", "a label to set, as KEY=VALUE")
	mode := flag.String("mode", "", "the operatingMode to set")
	flag.Parse()
	if flag.NArg() != 2 {
		fail(errors.New("a namespace and a name are needed"))
	}
	sandboxes, err := connect(os.Getenv("KUBECONFIG"))
	if err != nil {
		fail(err)
	}
	key := types.NamespacedName{Namespace: flag.Arg(0), Name: flag.Arg(1)}
	err = change(context.Background(), sandboxes, key, func(sandbox *v1beta1.Sandbox) {
		if name, value, found := strings.Cut(*label, "="); found {
			metav1.SetMetaDataLabel(&sandbox.ObjectMeta, name, value)
		}
		if *mode != "" {
			sandbox.Spec.OperatingMode = v1beta1.SandboxOperatingMode(*mode)
		}
	})
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// connect returns a client that knows upstream's kinds and prints warnings.
func connect(kubeconfig string) (client.Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.WarningHandler = rest.NewWarningWriter(os.Stderr, rest.WarningWriterOptions{})
	scheme := runtime.NewScheme()
	if err := v1beta1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return client.New(config, client.Options{Scheme: scheme})
}

// change gets a Sandbox, changes it and updates it.
func change(
	ctx context.Context, sandboxes client.Client, key types.NamespacedName, apply func(*v1beta1.Sandbox),
) error {
	var sandbox v1beta1.Sandbox
	if err := sandboxes.Get(ctx, key, &sandbox); err != nil {
		return err
	}
	apply(&sandbox)
	return sandboxes.Update(ctx, &sandbox)
}
