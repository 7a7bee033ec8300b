package world

import (
	"fmt"
	"slices"
	"strings"

	"ikewit/netns"
)

// Where a message says which exchange it is of: RFC 2408 section 3.1.
const (
	atExchange    = 18
	exchangeMain  = 2
	exchangeAggr  = 4
	exchangeQuick = 32
)

// Lose makes the wire lose the first message of a name that a host sends.
func (w *World) Lose(from, message string) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Fields("MI1 MR1 MI2 MR2 MI3 MR3 AI1 AR1 AI2 QI1 QR1 QI2"), message) {
		return fmt.Errorf("%q is not a message of phase 1 or of Quick Mode: MI1 ... MR3, AI1 AR1 AI2, QI1 QR1 QI2", message)
	}
	exchange := map[byte]byte{'M': exchangeMain, 'A': exchangeAggr, 'Q': exchangeQuick}[message[0]]
	const udp, ike = 17, 500
	d, err := n.Drop(w.top.Wire, from, netns.Match{
		Proto: udp, DstPort: ike, Nth: []int{int(message[2] - '0')}, Octets: []netns.Octets{{At: atExchange, Value: []byte{exchange}}},
	})
	if err == nil {
		w.foreign.drops = append(w.foreign.drops, d)
	}
	return err
}

// Lost is the guard of a scenario with losses: something was lost.
func (w *World) Lost() error {
	for _, d := range w.foreign.drops {
		if n, err := d.Lost(); err != nil || n > 0 {
			return err
		}
	}
	return &Unresolved{"nothing was lost on the wire"}
}
