package dataplane

// A window remembers which sequence numbers were received, so that none is taken twice: RFC 2406
// section 3.4.3, RFC 2401 appendix C. It covers size numbers up to the highest received. With a
// size of 0 it remembers only the highest.
//
// The bits stand in a ring of words. A word is cleared when the window's top first enters it; the
// ring is longer than the window by a word at least, so what is cleared is always behind the window.
type window struct {
	size uint64
	top  uint64 // highest number received; 0: none
	ring []uint64
}

// newWindow makes a window that has received top, and everything before it.
func newWindow(size uint32, top uint64) window {
	w := window{size: uint64(size), top: top}
	if size == 0 {
		return w
	}
	words := 2
	for words*64 < int(size)+64 {
		words *= 2
	}
	w.ring = make([]uint64, words)
	if top > 0 {
		for i := range w.ring {
			w.ring[i] = ^uint64(0)
		}
		w.ring[top/64%uint64(words)] &= 1<<(top%64+1) - 1
	}
	return w
}

// fresh reports whether a number may be taken: it is not 0, not too old, and was not there before.
func (w *window) fresh(seq uint64) bool {
	switch {
	case w.size == 0:
		return true
	case seq == 0:
		return false
	case seq > w.top:
		return true
	case w.top-seq >= w.size:
		return false
	}
	return w.ring[w.word(seq)]&(1<<(seq%64)) == 0
}

// take notes a number that is fresh and whose packet is genuine.
func (w *window) take(seq uint64) {
	if w.size == 0 {
		w.top = max(w.top, seq)
		return
	}
	if seq > w.top {
		steps := min(seq/64-w.top/64, uint64(len(w.ring)))
		for i := range steps {
			w.ring[w.word(seq-i*64)] = 0
		}
		w.top = seq
	}
	w.ring[w.word(seq)] |= 1 << (seq % 64)
}

func (w *window) word(seq uint64) uint64 { return seq / 64 & uint64(len(w.ring)-1) }

// extend guesses the high half of an extended sequence number from the low one: the one that puts the
// number into the window or above it. False: it would lie before the first number. RFC 4303
// appendix A2.1.
func (w *window) extend(low uint32) (uint64, bool) {
	size := w.size
	if size == 0 {
		size = 1 << 31 // whatever is nearest
	}
	high := w.top >> 32
	bottom := uint32(w.top) - uint32(size) + 1
	switch inOne := uint64(uint32(w.top)) >= size-1; {
	case inOne && low < bottom:
		high++
	case !inOne && low >= bottom:
		if high == 0 {
			return 0, false
		}
		high--
	}
	return high<<32 | uint64(low), true
}
