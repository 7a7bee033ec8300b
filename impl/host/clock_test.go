package host

import (
	"bytes"
	"testing"
	"time"
)

func TestClockGoesForward(t *testing.T) {
	first := Clock{}.Now()
	second := Clock{}.Now()
	if second.Before(first) || time.Since(first) > time.Minute {
		t.Errorf("%v, then %v", first, second)
	}
	if first == first.Round(0) { // Round takes the monotonic reading away
		t.Error("no monotonic reading")
	}
}

func TestEntropyFillsAllOfIt(t *testing.T) {
	a, b := make([]byte, 64), make([]byte, 64)
	Entropy{}.Fill("cookie", a)
	Entropy{}.Fill("cookie", b)
	if bytes.Equal(a, b) || bytes.Equal(a[32:], make([]byte, 32)) {
		t.Errorf("%x and %x", a, b)
	}
}
