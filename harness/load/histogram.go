package load

import (
	"math"
	"time"
)

// A histogram counts durations in buckets, each 1 % longer than the one before: a few kilobytes, however many there
// are. The zero value is empty.
type histogram struct {
	buckets [2048]int
	n       int
	sum     time.Duration
	min     time.Duration
	max     time.Duration
}

const (
	shortest = time.Microsecond // the first bucket: up to here
	growth   = 1.01             // 2048 buckets reach beyond 10 minutes
)

func (h *histogram) add(d time.Duration) {
	if h.n == 0 || d < h.min {
		h.min = d
	}
	h.n++
	h.sum += d
	h.max = max(h.max, d)
	h.buckets[bucketOf(d)]++
}

func bucketOf(d time.Duration) int {
	if d <= shortest {
		return 0
	}
	i := int(math.Ceil(math.Log(float64(d)/float64(shortest)) / math.Log(growth)))
	return min(i, len(histogram{}.buckets)-1)
}

// quantile gives a duration that so large a part (0 to 1) did not exceed, at most 1 % too long; 0 when there is none.
func (h *histogram) quantile(part float64) time.Duration {
	want := max(1, int(math.Ceil(part*float64(h.n))))
	seen := 0
	for i, n := range h.buckets {
		if seen += n; seen >= want {
			top := time.Duration(float64(shortest) * math.Pow(growth, float64(i)))
			return max(h.min, min(top, h.max))
		}
	}
	return 0
}

func (h *histogram) mean() time.Duration {
	if h.n == 0 {
		return 0
	}
	return h.sum / time.Duration(h.n)
}
