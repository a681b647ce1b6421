package main

import (
	"context"
	"time"
)

// slow is a judge that hangs over its file; the second one that is opened does not.
type slow struct{ hangs bool }

func openSlow(opened *int) func(context.Context, string) (judge, error) {
	return func(context.Context, string) (judge, error) {
		*opened++
		return slow{*opened == 1}, nil
	}
}

func (s slow) judge(ctx context.Context, v *verdict, _ []byte) error {
	if s.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	v.flagged = true
	return nil
}

func (slow) start() time.Duration { return 0 }
func (slow) close()               {}
