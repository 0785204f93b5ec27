package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
)

// situation is a policy, and a request that it judges.
type situation struct {
	policy     *policy
	attributes *admission.VersionedAttributes
	request    *admissionv1.AdmissionRequest
	namespace  *corev1.Namespace
	params     runtime.Object
	authorizer authorizer.Authorizer
}

func (o *oracle) newSituation(q *question) (*situation, error) {
	object, err := readObject("object", q.Object)
	if err != nil {
		return nil, err
	}
	old, err := readObject("oldObject", q.OldObject)
	if err != nil {
		return nil, err
	}
	params, err := readObject("params", q.Params)
	if err != nil {
		return nil, err
	}
	hasParams := q.HasParams || params != nil
	variables, err := json.Marshal(q.Variables)
	if err != nil {
		return nil, err
	}
	policy, err := o.policy(fmt.Sprint(hasParams, string(variables)), q.Variables, hasParams)
	if err != nil {
		return nil, err
	}
	request := defaultRequest(object, old)
	if isGiven(q.Request) {
		request = &admissionv1.AdmissionRequest{}
		if err := utiljson.Unmarshal(q.Request, request); err != nil {
			return nil, fmt.Errorf("request: %w", err)
		}
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: request.Namespace}}
	if isGiven(q.NamespaceObject) {
		namespace = &corev1.Namespace{}
		if err := utiljson.Unmarshal(q.NamespaceObject, namespace); err != nil {
			return nil, fmt.Errorf("namespaceObject: %w", err)
		}
	} else if request.Namespace == "" {
		namespace = nil
	}
	return &situation{
		policy:     policy,
		attributes: attributes(request, object, old),
		request:    request,
		namespace:  plugin.CreateNamespaceObject(namespace),
		params:     params,
		authorizer: authorizerfactory.NewAlwaysDenyAuthorizer(),
	}, nil
}

func isGiven(value json.RawMessage) bool {
	return len(value) > 0 && !bytes.Equal(value, []byte("null"))
}

// readObject reads an object as the API server reads a custom one. `null` is none.
func readObject(name string, value json.RawMessage) (runtime.Object, error) {
	if !isGiven(value) {
		return nil, nil
	}
	object := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(value, &object.Object); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return object, nil
}

// defaultRequest creates the object, updates it if there is an old one, or deletes the old one.
func defaultRequest(object, old runtime.Object) *admissionv1.AdmissionRequest {
	request := &admissionv1.AdmissionRequest{Operation: admissionv1.Create}
	subject := object
	if old != nil {
		request.Operation = admissionv1.Update
		if object == nil {
			request.Operation, subject = admissionv1.Delete, old
		}
	}
	if subject == nil {
		return request
	}
	kind := subject.GetObjectKind().GroupVersionKind()
	request.Kind = metav1.GroupVersionKind(kind)
	resource, _ := meta.UnsafeGuessKindToResource(kind)
	request.Resource = metav1.GroupVersionResource(resource)
	request.RequestKind, request.RequestResource = &request.Kind, &request.Resource
	if named, err := meta.Accessor(subject); err == nil {
		request.Name, request.Namespace = named.GetName(), named.GetNamespace()
	}
	request.UserInfo.Username, request.UserInfo.Groups = "admin", []string{"system:authenticated"}
	request.DryRun = new(bool)
	return request
}

// attributes are those of the request, of which evaluation takes the objects and the user.
func attributes(request *admissionv1.AdmissionRequest, object, old runtime.Object) *admission.VersionedAttributes {
	userInfo := &user.DefaultInfo{
		Name:   request.UserInfo.Username,
		UID:    request.UserInfo.UID,
		Groups: request.UserInfo.Groups,
		Extra:  map[string][]string{},
	}
	for key, values := range request.UserInfo.Extra {
		userInfo.Extra[key] = values
	}
	record := admission.NewAttributesRecord(
		object, old, schema.GroupVersionKind(request.Kind), request.Namespace, request.Name,
		schema.GroupVersionResource(request.Resource), request.SubResource,
		admission.Operation(strings.ToUpper(string(request.Operation))), nil,
		request.DryRun != nil && *request.DryRun, userInfo,
	)
	return &admission.VersionedAttributes{
		Attributes:         record,
		VersionedObject:    object,
		VersionedOldObject: old,
		VersionedKind:      schema.GroupVersionKind(request.Kind),
	}
}

// bindings are what the variables of the API server have.
func (s *situation) bindings() map[string]any {
	convert := func(object any) any {
		converted, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return err.Error()
		}
		return converted
	}
	bindings := map[string]any{
		"object":          s.attributes.VersionedObject,
		"oldObject":       s.attributes.VersionedOldObject,
		"request":         convert(s.request),
		"namespaceObject": nil,
	}
	if s.namespace != nil {
		bindings["namespaceObject"] = convert(s.namespace)
	}
	if s.policy.declarations.HasParams {
		bindings["params"] = s.params
	}
	return bindings
}
