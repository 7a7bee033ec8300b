package dataplane

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// slowWindow is a window that remembers everything.
type slowWindow struct {
	size uint64
	top  uint64
	seen map[uint64]bool
}

func (w *slowWindow) fresh(seq uint64) bool {
	return w.size == 0 || seq > 0 && seq+w.size > w.top && !w.seen[seq]
}

func (w *slowWindow) take(seq uint64) {
	w.seen[seq] = true
	w.top = max(w.top, seq)
}

// Every order of up to seven packets with numbers 0 to 6, against the slow window, for sizes 0 to 5; and
// with the ring's words in play, by leaving out most numbers.
func TestWindowExhaustively(t *testing.T) {
	for _, stride := range []uint64{1, 63, 64, 65} {
		for size := range uint32(6) {
			var path []uint64
			var walk func(w window, slow slowWindow)
			walk = func(w window, slow slowWindow) {
				if len(path) == 6 {
					return
				}
				for n := range uint64(6) {
					seq := n * stride
					if w.fresh(seq) != slow.fresh(seq) {
						t.Fatalf("size %d, after %v, number %d: fresh is %v", size, path, seq, w.fresh(seq))
					}
					if !slow.fresh(seq) {
						continue
					}
					path = append(path, seq)
					w2, slow2 := w, slowWindow{slow.size, slow.top, map[uint64]bool{}}
					w2.ring = append([]uint64(nil), w.ring...)
					for s := range slow.seen {
						slow2.seen[s] = true
					}
					w2.take(seq)
					slow2.take(seq)
					if size > 0 && w2.top != slow2.top {
						t.Fatalf("size %d, after %v: top is %d", size, path, w2.top)
					}
					walk(w2, slow2)
					path = path[:len(path)-1]
				}
			}
			walk(newWindow(size, 0), slowWindow{uint64(size), 0, map[uint64]bool{}})
		}
	}
}

// Long walks of real sizes, with losses, reordering, repeats and jumps of every length.
func TestWindowAgainstSlowModel(t *testing.T) {
	const seed = 5
	t.Logf("seed %d", seed)
	for _, size := range []uint32{1, 31, 32, 33, 63, 64, 65, 128, 1000, 1024, 4096} {
		rnd := rand.New(rand.NewPCG(seed, uint64(size)))
		for _, first := range []uint64{0, 1, 63, 64, 1<<32 - 5000} {
			w, slow := newWindow(size, first), slowWindow{uint64(size), first, map[uint64]bool{}}
			for s := first; s > 0 && s+uint64(size)+100 > first; s-- {
				slow.seen[s] = true
			}
			taken := 0
			for range 4000 {
				seq := w.top + uint64(rnd.IntN(3))
				switch rnd.IntN(8) {
				case 0:
					seq = w.top + uint64(rnd.IntN(3*int(size)+200))
				case 1, 2, 3:
					seq = w.top - min(w.top, uint64(rnd.IntN(int(size)+70)))
				}
				if w.fresh(seq) != slow.fresh(seq) {
					t.Fatalf("size %d, top %d, number %d: fresh is %v", size, w.top, seq, w.fresh(seq))
				}
				if slow.fresh(seq) {
					w.take(seq)
					slow.take(seq)
					taken++
				}
			}
			if taken < 500 {
				t.Errorf("only %d numbers were taken: the test has lost its point", taken)
			}
		}
	}
}

// RFC 4303 appendix A2: the number is the one that lies in the window or next above it.
func TestWindowExtendsNumbers(t *testing.T) {
	for _, size := range []uint64{1, 32, 64, 4096} {
		for _, top := range []uint64{0, 1, size - 1, size, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<32 + size - 1, 1<<32 + size, 3<<32 - 7, 3<<32 + 7} {
			w := newWindow(uint32(size), top)
			bottom := int64(top) - int64(size) + 1
			for _, seq := range []int64{bottom, bottom + 1, int64(top), int64(top) + 1, int64(top) + 1000, bottom + 1<<32 - 1} {
				name := fmt.Sprintf("size %d, top %#x, number %#x", size, top, seq)
				if seq < 0 {
					if got, ok := w.extend(uint32(seq)); ok {
						t.Errorf("%s: taken for %#x", name, got)
					}
					continue
				}
				got, ok := w.extend(uint32(seq))
				if !ok || got != uint64(seq) {
					t.Errorf("%s: taken for %#x, %v", name, got, ok)
				}
			}
			if bottom > 1<<32 { // just below the window is taken for the next round
				if got, _ := w.extend(uint32(bottom - 1)); got != uint64(bottom-1)+1<<32 {
					t.Errorf("size %d, top %#x: below the window is taken for %#x", size, top, got)
				}
			}
		}
	}
}
