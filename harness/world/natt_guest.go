package world

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ikewit/harness/fabric"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/simnet"
)

// guest is the third host of the simulator, which negotiates with bob from behind a NAT.
const guest = "carol"

// Where the guest is, and what she has there.
var (
	guestInside  = netip.MustParseAddr("10.7.0.10")
	guestOutside = netip.MustParseAddr("192.0.2.9")
	movedTo      = netip.MustParseAddr("192.0.2.17") // where a NAT is after its move
)

// Guest puts carol behind a NAT: that of alice, or one of her own.
func (w *World) Guest(own bool) error {
	s, err := w.simulated()
	if err != nil {
		return err
	}
	if s.couple != nil || !own && !s.nats[0] {
		return fmt.Errorf("carol behind a NAT: it has begun, or there is no NAT before alice")
	}
	s.guest = "alice's"
	if own {
		s.guest = "own"
	}
	w.judged.perishable = true // what bob has with carol, alice has not
	return nil
}

// invite lets the guest in.
func (w *World) invite(s *simulation, side enginetest.Side) error {
	back, err := profileOf(s.profiles["bob for "+guest])
	if err != nil {
		return err
	}
	g := enginetest.Guest{Name: guest, Side: side, Inside: guestInside, NAT: s.couple.NATs[0], ForBob: back}
	if s.guest == "own" {
		g.NAT = &simnet.NAT{Outside: guestOutside}
	}
	s.couple.Join(g)
	return nil
}

// ProfileFor is what bob offers and accepts when it negotiates with carol.
func (w *World) ProfileFor(text string) error { return w.Profile("bob for "+guest, text) }

// Afresh has a host of the simulator lose all that it knew, and tell nobody.
func (w *World) Afresh(name string) error {
	s, err := w.begin()
	if err != nil {
		return err
	}
	s.couple.Host(name).Restart()
	w.judged.perishable, w.cached = true, nil
	return nil
}

// MoveNAT gives the NAT before a host another address.
func (w *World) MoveNAT(name string) error {
	w.judged.perishable = true // the SAs of the old address are left over
	if n, ok := w.fabric.(*fabric.Namespaces); ok {
		nat := w.natBefore(name)
		if nat == "" {
			return fmt.Errorf("there is no NAT before %s", name)
		}
		w.own(name, movedTo)
		return n.MoveNAT(nat, movedTo)
	}
	s, err := w.begin()
	if err != nil {
		return err
	}
	at := slices.Index(w.top.Peers[:], name)
	if at < 0 || s.couple.NATs[at] == nil {
		return fmt.Errorf("there is no NAT before %s", name)
	}
	s.couple.MoveNAT(name, s.couple.NATs[at], movedTo)
	w.own(name, movedTo)
	return nil
}

// own notes another address under which a host is seen.
func (w *World) own(name string, a netip.Addr) {
	if w.moved == nil {
		w.moved = map[string][]netip.Addr{}
	}
	w.moved[name] = append(w.moved[name], a)
}

// isAt tells whether a host is seen at an address.
func (w *World) isAt(name string, a netip.Addr) bool {
	if slices.Contains(w.moved[name], a) || w.sim != nil && name == guest && w.sim.guest == "own" && a == guestOutside {
		return true
	}
	return w.wireAddr(name) == a
}

// SACount compares how many SAs a host holds, both ways together.
func (w *World) SACount(name string, want int) error {
	list, err := w.SAs(name, 0)
	if err == nil && len(list) != want {
		err = &Mismatch{Code: "sa-present", What: "SAs of " + name, Expected: fmt.Sprint(want), Actual: fmt.Sprint(len(list))}
	}
	return err
}

// DrawsSPIs has a host of the simulator draw these SPIs, in hexadecimal, before others.
func (w *World) DrawsSPIs(name, list string) error {
	s, err := w.simulated()
	if err != nil {
		return err
	}
	var first []uint32
	for word := range strings.FieldsSeq(list) {
		b, err := hex.DecodeString(word)
		if err != nil || len(b) != 4 {
			return fmt.Errorf("SPI %q: write eight hex digits", word)
		}
		first = append(first, binary.BigEndian.Uint32(b))
	}
	s.seams[name] = append(s.seams[name], func(side *enginetest.Side) {
		side.Config.Entropy = &spisFirst{side.Config.Entropy, first}
	})
	return nil
}

// spisFirst is an entropy whose first SPIs are known.
type spisFirst struct {
	ike.Entropy
	left []uint32
}

// Fill draws.
func (e *spisFirst) Fill(label string, p []byte) {
	if label != "spi" || len(e.left) == 0 {
		e.Entropy.Fill(label, p)
		return
	}
	binary.BigEndian.PutUint32(p, e.left[0])
	e.left = e.left[1:]
}
