package main

import (
	"errors"

	"github.com/google/cel-go/cel"

	admission "k8s.io/apiserver/pkg/admission/plugin/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// oracle has what questions share.
type oracle struct {
	environment *environment.EnvSet
	// plain compiles expressions of new policies without variables, as the validation of policies does.
	plain admission.Compiler
	// policies are compilers by the variables of their policies: one takes milliseconds to make.
	policies map[string]*policy
	saved    map[string]*situation
}

// policy compiles the expressions of policies that have the same variables.
type policy struct {
	declarations admission.OptionalVariableDeclarations
	// created is the compiler that says whether a new policy is refused.
	created admission.Compiler
	// refused are the errors of its variables.
	refused []*apiservercel.Error
	// stored is the compiler of a policy that is in effect.
	stored *admission.CompositedCompiler
}

func newOracle() *oracle {
	base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	return &oracle{
		environment: base,
		plain:       admission.NewCompiler(base),
		policies:    map[string]*policy{},
		saved:       map[string]*situation{},
	}
}

// expression is one of a policy, with the type that it must have.
type expression struct {
	text       string
	resultType *cel.Type
}

func (e *expression) GetExpression() string    { return e.text }
func (e *expression) ReturnTypes() []*cel.Type { return []*cel.Type{e.resultType} }

// namedExpression is a variable of a policy; it may have any type.
type namedExpression struct {
	expression
	name string
}

func (e *namedExpression) GetName() string { return e.name }

// policy makes the compilers for a policy with these variables.
func (o *oracle) policy(key string, variables []variable, hasParams bool) (*policy, error) {
	if known, ok := o.policies[key]; ok {
		return known, nil
	}
	stored, err := admission.NewCompositedCompiler(o.environment)
	if err != nil {
		return nil, err
	}
	made := &policy{
		declarations: admission.OptionalVariableDeclarations{HasParams: hasParams, HasAuthorizer: true},
		created:      o.plain,
		stored:       stored,
	}
	if len(variables) > 0 {
		created, err := admission.NewCompositedCompiler(o.environment)
		if err != nil {
			return nil, err
		}
		made.created = created
		for _, variable := range variables {
			named := &namedExpression{expression{variable.Expression, cel.AnyType}, variable.Name}
			result := created.CompileAndStoreVariable(named, made.declarations, environment.NewExpressions)
			if result.Error != nil {
				made.refused = append(made.refused, result.Error)
			}
			stored.CompileAndStoreVariable(named, made.declarations, environment.StoredExpressions)
		}
	}
	o.policies[key] = made
	return made, nil
}

// compile makes of an expression what a policy evaluates, or says why there cannot be such a policy.
func (p *policy) compile(text string, resultType *cel.Type) (admission.ConditionEvaluator, *apiservercel.Error) {
	declarations := p.declarations
	// Messages know no authorizer.
	declarations.HasAuthorizer = resultType != cel.StringType
	accessor := &expression{text, resultType}
	for _, err := range p.refused {
		return nil, err
	}
	if result := p.created.CompileCELExpression(accessor, declarations, environment.NewExpressions); result.Error != nil {
		return nil, result.Error
	}
	condition := p.stored.CompileCondition([]admission.ExpressionAccessor{accessor}, declarations, environment.StoredExpressions)
	return condition, nil
}

// refusal says why and where an expression does not compile.
func refusal(err *apiservercel.Error) answer {
	refused := answer{Verdict: "refused", Message: err.Detail, Line: 1, Column: 1}
	var compilation *apiservercel.CompilationError
	if errors.As(err, &compilation) && len(compilation.Issues.Errors()) > 0 {
		first := compilation.Issues.Errors()[0]
		refused.Message, refused.Line, refused.Column = "", first.Location.Line(), first.Location.Column()+1
		for at, issue := range compilation.Issues.Errors() {
			if at > 0 {
				refused.Message += "; "
			}
			refused.Message += issue.Message
		}
	}
	return refused
}
