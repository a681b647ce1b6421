package gate

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// One client does not take all places; others, and those of whom nothing is known, find some.
func TestWorkOfOneClientIsBounded(t *testing.T) {
	var f flights[int]
	gone := make(chan struct{})
	join := func(key, client string) (*flight[int], error) {
		fl, _, err := f.join(errand{key, client, 10 * maxStarted}, func(context.Context) (int, error) {
			<-gone
			return 0, nil
		})
		return fl, err
	}
	for i := range maxStarted {
		if _, err := join(fmt.Sprint(i), "greedy"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := join("one more", "greedy")
	if _, ok := errors.AsType[*BusyError](err); !ok {
		t.Errorf("error = %v, want busy", err)
	}
	if _, err := join("0", "greedy"); err != nil {
		t.Errorf("work that runs already: %v", err)
	}
	for i := range maxStarted + 1 {
		if _, err := join(fmt.Sprint("unknown ", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := join("one more", "modest"); err != nil {
		t.Errorf("another client: %v", err)
	}
	close(gone)
	f.wg.Wait()
	if _, err := join("one more", "greedy"); err != nil {
		t.Errorf("when the work is done: %v", err)
	}
	if f.wg.Wait(); len(f.started) != 0 {
		t.Errorf("still counted: %v", f.started)
	}
}
