// Reads manifests from its input as the types of Prometheus Operator: a field that they do not have is refused, as by its CRDs.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

func main() {
	documents := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	read := 0
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		check(err)
		var kind struct{ Kind string }
		check(strict.Unmarshal(document, &kind))
		kinds := map[string]any{"PrometheusRule": &v1.PrometheusRule{}, "ServiceMonitor": &v1.ServiceMonitor{}, "AlertmanagerConfig": &v1alpha1.AlertmanagerConfig{}}
		into, known := kinds[kind.Kind]
		if !known {
			check(fmt.Errorf("%q is no kind of Prometheus Operator", kind.Kind))
		}
		if err := strict.UnmarshalStrict(document, into); err != nil {
			check(fmt.Errorf("%s: %w", kind.Kind, err))
		}
		read++
	}
	fmt.Println(read)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
