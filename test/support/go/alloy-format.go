// Prints a configuration of Grafana Alloy as `alloy fmt` does. One that cannot be parsed is refused, with the place.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/printer"
)

func main() {
	name := os.Args[1]
	text, err := os.ReadFile(name)
	if err != nil {
		fail(err)
	}
	file, err := parser.ParseFile(name, text)
	if err != nil {
		fail(err)
	}
	var formatted bytes.Buffer
	if err := printer.Fprint(&formatted, file); err != nil {
		fail(err)
	}
	fmt.Println(formatted.String())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
