package engine_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReceive gives one engine, in each state of a negotiation, a datagram that could be anything. It must not fall
// over, and must go on working.
func FuzzReceive(f *testing.F) {
	for i, octets := range corpus(f) {
		f.Add(octets, uint8(i))
	}
	f.Fuzz(func(t *testing.T, octets []byte, where uint8) {
		at := order[int(where)%len(order)]
		mine := at == "MM1" || at == "MM3" || at == "MM5" || at == "QM1" || at == "QM3"
		c := newTester(t, mine, setup{any: true})
		c.begin(at)
		c.put(octets)
		if len(octets) >= 20 { // the same with cookies that are known
			b := append(append([]byte(nil), c.cookies()...), octets[16:]...)
			c.put(b)
		}
		for _, s := range c.sent {
			if len(s.Octets) < 28 {
				t.Errorf("%s has %d octets", s.Message, len(s.Octets))
			}
		}
		c.alive()
	})
}

// corpus are the datagrams of the vectors, and those of a negotiation of ours.
func corpus(f *testing.F) (list [][]byte) {
	text, err := os.ReadFile(filepath.Join("..", "keymat", "testdata", "vectors-ikev1.json"))
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i+12 < len(text); i++ {
		if string(text[i:i+12]) != `"datagram": ` {
			continue
		}
		end := i + 13
		for text[end] != '"' {
			end++
		}
		if octets, err := hex.DecodeString(string(text[i+13 : end])); err == nil {
			list = append(list, octets)
		}
	}
	return list
}
