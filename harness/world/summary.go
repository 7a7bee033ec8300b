package world

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ikewit/harness/capture/ipsec"
	"ikewit/harness/check"
	"ikewit/impl/sadb"
)

// A Summary is what came of one negotiation, for people and programs to read.
type Summary struct {
	Phase1  string      `json:"phase1"` // "des md5 modp1024, pre-shared key, 24h0m0s"
	SAs     []SARow     `json:"sas"`
	Traffic TrafficText `json:"traffic"`
	Checks  []CheckRow  `json:"checks"`
}

// A SARow is one SA of one side.
type SARow struct {
	Side      string     `json:"side"`
	Direction string     `json:"direction"`
	Protocol  string     `json:"protocol"`
	SPI       string     `json:"spi"`
	Src       netip.Addr `json:"src"`
	Dst       netip.Addr `json:"dst"`
	Mode      string     `json:"mode"`
	Cipher    string     `json:"cipher"`
	Auth      string     `json:"authenticator"`
	Selector  string     `json:"selector"`
	Life      string     `json:"life"`
	Window    uint32     `json:"replay_window"`
	Packets   uint64     `json:"packets"`
	Octets    uint64     `json:"octets"`
	Agrees    bool       `json:"agrees_with_wire"` // algorithms, keys, mode, ends, selector and lifetimes
}

// TrafficText is what travelled in the SAs.
type TrafficText struct {
	Pings   map[string]int `json:"pings_answered"` // "alice bob": 3
	Packets map[string]int `json:"packets_opened"` // by sender
	Stack   string         `json:"stack"`
}

// A CheckRow counts the checks of one noun.
type CheckRow struct {
	Noun  string   `json:"noun"`
	Names []string `json:"checks"`
	Found int      `json:"findings"`
}

// nouns are the sets of checks by the word that a summary uses.
var nouns = []struct {
	noun string
	set  check.Set
}{{"messages", check.Messages}, {"hashes", check.Hashes}, {"SAs", check.SAs}, {"packets", check.Packets}, {"in clear", check.Clear}}

// Summary tells what there is now. It is asked before Close, or of the snapshot after it.
func (w *World) Summary() (*Summary, error) {
	e, err := w.Evidence()
	if err != nil {
		return nil, err
	}
	s := &Summary{Traffic: TrafficText{Pings: w.traffic.pinged, Packets: map[string]int{}, Stack: w.KernelName()}}
	if r := e.recovery(); r != nil && r.Phase1.Cipher != nil && r.Phase1.Hash != nil && r.Phase1.Group != nil {
		p := r.Phase1
		s.Phase1 = fmt.Sprintf("%s %s %s, pre-shared key, %v", p.Cipher, p.Hash, p.Group, time.Duration(p.Seconds)*time.Second)
	}
	for _, side := range e.Sides {
		for i := range side.SAs {
			s.SAs = append(s.SAs, e.row(&side, &side.SAs[i]))
		}
	}
	for _, p := range e.Packets() {
		if p.Opened != nil {
			s.Traffic.Packets[w.HostAt(p.Record.Src.Addr())]++
		}
	}
	for _, n := range nouns {
		s.Checks = append(s.Checks, CheckRow{n.noun, n.set.Names(), len(n.set.Run(&e.Evidence))})
	}
	return s, nil
}

// row describes one SA, and says whether no check of SAs has anything against it.
func (e *evidence) row(side *check.Side, sa *sadb.SA) SARow {
	r := SARow{
		Side: side.Name, Direction: sa.Direction.String(), Protocol: sa.Proto.String(), SPI: fmt.Sprintf("%08x", sa.SPI), Src: sa.Src, Dst: sa.Dst,
		Mode: sa.Mode.String(), Cipher: "-", Auth: "-", Selector: sa.Selector.String(),
		Life: fmt.Sprintf("%v, %d KB", sa.Hard.Add, sa.Hard.Octets/1024), Window: sa.ReplayWindow,
		Packets: sa.Current.Packets, Octets: sa.Current.Octets,
	}
	if sa.Cipher != nil {
		r.Cipher = strings.TrimSpace(fmt.Sprintf("%s %s", sa.Cipher.Name, bits(8*len(sa.CipherKey))))
	}
	if sa.Integrity != nil {
		r.Auth = sa.Integrity.Name
	}
	alone := check.Evidence{Sides: []check.Side{{Name: side.Name, Addr: side.Addr, SAs: []sadb.SA{*sa}, Seconds: side.Seconds, Kilobytes: side.Kilobytes}}}
	for _, w := range e.Wire {
		if side.Find(w) == sa {
			alone.Wire = []*ipsec.SA{w}
			r.Agrees = len(check.SAs.Run(&alone)) == 0
		}
	}
	return r
}

func bits(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
