package sadb

import (
	"fmt"
	"time"
)

// LarvalLife is how long an SA stays that has an SPI and never gets keys. RFC 2367 section 3.1.1 leaves
// the time to us.
const LarvalLife = 60 * time.Second

// Reserve draws an SPI from low to high, both included, and keeps it as a larval SA with what else
// larval says (Proto, Src and Dst at least). draw gives 32 random bits. RFC 2367 section 3.1.1.
//
// It fails with *InvalidError when the range or the addresses make no sense, and with ErrExists
// when every SPI of the range is taken.
func (t *Table) Reserve(now time.Time, larval SA, low, high uint32, draw func() uint32) (uint32, error) {
	switch {
	case larval.Proto != ESP && larval.Proto != AH && larval.Proto != IPComp:
		return 0, invalidSA("%v is not esp, ah or ipcomp", larval.Proto)
	case low > high:
		return 0, invalidSA("no SPI is from %08x to %08x", low, high)
	case low < MinSPI:
		return 0, invalidSA("SPI %08x is reserved (0 to %d)", low, MinSPI-1)
	case larval.Proto == IPComp && high > 0xffff:
		return 0, invalidSA("a CPI has 16 bits, %x is more", high)
	}
	if err := checkAddresses(larval.Src, larval.Dst); err != nil {
		return 0, err
	}
	// Among as many neighbours as there are SAs and one more, one is free: the search ends there.
	size := uint64(high-low) + 1
	start := uint64(draw()) % size
	for i := range min(size, uint64(len(t.sas))+1) {
		larval.SPI = low + uint32((start+i)%size)
		if t.sas[larval.ID()] != nil {
			continue
		}
		larval.State = Larval
		larval.Current = Usage{Added: now}
		larval.CipherKey, larval.AuthKey = nil, nil
		e := t.append(larval.ID())
		e.sa = larval
		t.reschedule(e)
		return larval.SPI, nil
	}
	return 0, fmt.Errorf("every SPI from %08x to %08x is taken: %w", low, high, ErrExists)
}
