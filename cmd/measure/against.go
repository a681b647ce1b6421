package main

import (
	"context"
	"fmt"
	"slices"

	"pipwarden/internal/labelled"
)

// An other is what another scanner says of the same samples.
type other struct {
	name string
}

func checkOthers(names []string) error {
	for _, n := range names {
		if !slices.Contains([]string{"guarddog", "hexora"}, n) {
			return fmt.Errorf("unknown scanner %q: want guarddog or hexora", n)
		}
	}
	return nil
}

func runOther(context.Context, string, []*labelled.Sample, *options) (*other, error) {
	return nil, fmt.Errorf("comparing is not possible")
}

func (m *measurement) writeOthers(*printer) {}
