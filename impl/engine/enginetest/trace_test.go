package enginetest

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"ikewit/impl/ike"
)

// With traces on, an engine says what it decides and computes; without, it does not. No text has a secret in it.
func TestTraces(t *testing.T) {
	play := func(trace ike.Trace) (events []ike.Event, text string) {
		side := Side{Profile: Profile{PFS: "modp768"}}
		side.Config.Trace = trace
		c := NewCouple(1, side, side, false)
		c.Initiate(c.Alice)
		c.Run(time.Second)
		for _, h := range c.Hosts {
			for _, e := range h.Events {
				events = append(events, e)
				text += e.String() + "\n"
			}
		}
		return events, text
	}
	quiet, _ := play(ike.Trace{})
	for _, e := range quiet {
		switch e.(type) {
		case ike.Decided, ike.Computed, ike.Received, ike.Sent, ike.StateChanged:
			t.Errorf("told without being asked: %v", e)
		}
	}
	all, text := play(ike.Trace{Decisions: true, Values: true, Messages: true})
	for _, want := range []string{
		"offering transform 1: Encryption Algorithm = 3DES-CBC, Hash Algorithm = SHA",
		"transform 1 is chosen, for connection alice: 3des sha1 psk modp1024, life 8h0m0s",
		"the peer chose transform 1: 3des sha1 psk modp1024, life 8h0m0s",
		"the peer is 192.0.2.1, as connection alice expects",
		"offering proposal 1, PROTO_IPSEC_ESP: Key Length = 128",
		"proposal 1 transform 1, ESP_AES-CBC: Key Length = 128",
		"proposal 1 transform 1 is chosen, for connection alice: esp aes 128 hmac-sha1-96 tunnel, PFS modp768, life 1h0m0s 0 KB, for 192.0.2.1 to 192.0.2.2",
		"the peer chose proposal 1: esp aes 128 hmac-sha1-96 tunnel",
		"state QI1 sent -> done", "received QR1  HDR* HASH(2) SA Nr KE IDci IDcr", "sent QI2  HDR* HASH(3)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nobody says %q", want)
		}
	}
	values := map[string]int{}
	for _, e := range all {
		v, ok := e.(ike.Computed)
		if !ok {
			continue
		}
		values[v.Name] = len(v.Value)
		if octets := v.Value.Octets(); len(octets) >= 8 && (strings.Contains(text, string(octets)) || strings.Contains(text, hex.EncodeToString(octets))) && !strings.HasPrefix(v.Name, "CKY") {
			t.Errorf("%s is told in words", v.Name)
		}
	}
	for name, n := range map[string]int{
		"CKY-I": 8, "CKY-R": 8, "g^xi": 128, "g^xr": 128, "g^xy": 128, "SKEYID": 20, "SKEYID_d": 20, "SKEYID_a": 20, "SKEYID_e": 20,
		"cipher key": 24, "IV": 8, "g(qm)^xy": 96, "HASH_I": 20, "HASH_R": 20, "HASH(1)": 20, "HASH(2)": 20, "HASH(3)": 20, "KEYMAT in": 36, "KEYMAT out": 36,
	} {
		if values[name] != n {
			t.Errorf("%s has %d octets, want %d", name, values[name], n)
		}
	}
}
