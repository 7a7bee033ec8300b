package world

import (
	"net/netip"
	"strings"
	"testing"

	"ikewit/harness/capture"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
	"ikewit/harness/check"
)

// What stands behind an AH can be read and is protected; the same without AH is in clear.
func TestTheLadderTellsAHFromClear(t *testing.T) {
	w := open(t, "sim", "pair")
	alice, bob := w.wireAddr("alice"), w.wireAddr("bob")
	const headerAndICV = 24
	ah := make([]byte, headerAndICV)
	ah[0], ah[1], ah[7] = packet.ProtoICMP, headerAndICV/4-2, 9 // the SPI is 9
	ping := make([]byte, 8)
	var frames []pcapfile.Frame
	for i, b := range [][]byte{
		packet.WrapIP(alice, bob, packet.ProtoAH, append(ah, ping...)), packet.WrapIP(bob, alice, packet.ProtoICMP, ping),
	} {
		frames = append(frames, pcapfile.Frame{Number: i + 1, Link: pcapfile.LinkRaw, Data: b, Length: len(b)})
	}
	e := &evidence{}
	for r := range capture.Decode(&frameList{frames}, capture.Options{}) {
		e.Records = append(e.Records, r)
	}
	host := func(a netip.Addr) ipsec.Range { return ipsec.Range{From: a, To: a} }
	e.Evidence = check.Evidence{Records: e.Records, Protected: []ipsec.Selector{{Src: host(alice), Dst: host(bob)}, {Src: host(bob), Dst: host(alice)}}}
	text := w.ladder(e, 0).String()
	if strings.Count(text, "CLEAR IP protocol 1 ") != 1 || strings.Count(text, "CLEAR") != 1 || !strings.Contains(text, "AH   00000009") {
		t.Errorf("\n%s", text)
	}
}
