package load

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// The heap against a list that is searched.
func TestDeadlinesComeInOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	base := time.Unix(1000, 0)
	var d deadlines
	flights := make([]*flight, 40)
	want := map[*flight]time.Time{}
	for i := range flights {
		flights[i] = &flight{}
	}
	for step := range 5000 {
		f := flights[random.IntN(len(flights))]
		at, ok := base.Add(time.Duration(random.IntN(50))*time.Second), random.IntN(3) > 0
		d.set(f, at, ok)
		if delete(want, f); ok {
			want[f] = at
		}
		first := time.Time{}
		for _, at := range want {
			if first.IsZero() || at.Before(first) {
				first = at
			}
		}
		if len(d) != len(want) || len(d) > 0 && !d[0].at.Equal(first) {
			t.Fatalf("step %d: %d in the heap, want %d; first %v, want %v", step, len(d), len(want), d[0].at, first)
		}
	}
}

func TestMemoryForgetsTheOldest(t *testing.T) {
	var m memory
	first := &flight{}
	if m.keep(first) != nil {
		t.Error("an empty memory forgets something")
	}
	for range remembered - 1 {
		if m.keep(&flight{}) != nil {
			t.Fatal("forgotten too early")
		}
	}
	if m.keep(&flight{}) != first {
		t.Error("not the oldest is forgotten")
	}
}

func TestResponderLogIsBounded(t *testing.T) {
	var w bytes.Buffer
	l := &responderLog{w: &w}
	l.Info("kernel: none")
	l.Info("listening on all addresses, port 500")
	for i := range 1000 {
		l.Info(fmt.Sprintf("IPsec SA %d established", i))
		l.Error(fmt.Sprintf("complaint %d", i))
		l.Warning("and a warning")
	}
	text := w.String()
	if !strings.HasPrefix(text, "kernel: none\nlistening on ") || strings.Contains(text, "established") ||
		!strings.Contains(text, "complaint 0\nand a warning\n") || strings.Count(text, "\n") != 2+maxComplaints {
		t.Errorf("log:\n%s", text)
	}
}
