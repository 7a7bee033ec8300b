package world

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
)

// DumpShowsWire compares what ipseckey dump prints on a host with the SAs that follow from the wire: SPI, ends and key octets. Others,
// put in by hand, may be beside them.
func (w *World) DumpShowsWire(name string) error {
	p, err := w.keyedByHand(name)
	if err != nil {
		return err
	}
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	if err := e.computed(); err != nil {
		return err
	}
	r, err := p.Words("dump", []string{"dump"})
	if err != nil {
		return err
	}
	shown := dumped(r.Out)
	for _, sa := range e.Wire {
		if want := dumpOf(sa); sa.Confirmed && !slices.Contains(shown, want) {
			return sadMismatch("SAs that ipseckey dump prints on "+name, want, strings.Join(shown, "; "))
		}
	}
	return nil
}

// dumpOf is an SA in the words of dumped.
func dumpOf(sa *ipsec.SA) string {
	kind := map[isakmp.Protocol]string{isakmp.ProtoESP: "ESP", isakmp.ProtoAH: "AH"}[sa.Protocol]
	return fmt.Sprintf("%s %#x %v -> %v, authkey %s, encrkey %s", kind, sa.SPI, sa.Src, sa.Dst, shownKey(sa.AuthKey), shownKey(sa.Key))
}

// shownKey is a digest of a key but for its lowest bits, which may be parity.
func shownKey(key crypt.Secret) string {
	cut := slices.Clone([]byte(key))
	for i := range cut {
		cut[i] &= 0xfe
	}
	return digest(cut)
}

// dumped reads what ipseckey -n dump prints, an SA a text:
//
//	Base message (version 2) type DUMP, SA type ESP.
//	SA: SADB_ASSOC spi=0x2112, replay=0, state=MATURE
//	SRC: AF_INET: port 0, 10.0.0.1.
//	DST: AF_INET: port 0, 10.0.0.2.
//	AKY: bde359723576fdea08e56cbe876e24ad/128
//	EKY: be02938e7def2839/64
func dumped(text string) (list []string) {
	for block := range strings.SplitSeq(text, "\n\n") {
		var kind, spi, src, dst, state string
		keys := map[string]crypt.Secret{}
		for line := range strings.SplitSeq(block, "\n") {
			tag, rest, _ := strings.Cut(line, ": ")
			_, after, found := strings.Cut(rest, ": port 0, ")
			digits, _, isKey := strings.Cut(rest, "/")
			switch {
			case strings.HasPrefix(line, "Base message "):
				_, kind, _ = strings.Cut(strings.TrimSuffix(line, "."), "SA type ")
			case strings.HasPrefix(rest, "SADB_ASSOC spi="):
				spi, _, _ = strings.Cut(strings.TrimPrefix(rest, "SADB_ASSOC spi="), ",")
				_, state, _ = strings.Cut(rest, "state=")
			case tag == "SRC" && found:
				src = strings.TrimSuffix(after, ".")
			case tag == "DST" && found:
				dst = strings.TrimSuffix(after, ".")
			case (tag == "AKY" || tag == "EKY") && isKey:
				keys[tag], _ = hex.DecodeString(digits)
			}
		}
		if state == "MATURE" {
			list = append(list, fmt.Sprintf("%s %s %s -> %s, authkey %s, encrkey %s", kind, spi, src, dst, shownKey(keys["AKY"]), shownKey(keys["EKY"])))
		}
	}
	return list
}
