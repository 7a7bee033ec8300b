package isakmp

import (
	"testing"

	"ikewit/impl/wire/ikehdr"
)

// quickMode1 is a first message of Quick Mode as most are: HASH SA NONCE ID ID.
func quickMode1(b *testing.B) []byte {
	for _, v := range readVectors(b) {
		if v.ID == "QM-SHA1-3DES-NOPFS" {
			return v.Messages[0].inClear()
		}
	}
	b.Fatal("no such vector")
	return nil
}

func BenchmarkParseQuickMode1(b *testing.B) {
	octets := quickMode1(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(octets)))
	for b.Loop() {
		if _, _, err := ParseChain(TypeHash, octets[ikehdr.Size:]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendQuickMode1(b *testing.B) {
	octets := quickMode1(b)
	m, err := ParseMessage(octets)
	if err != nil {
		b.Fatal(err)
	}
	buffer := make([]byte, 0, len(octets))
	b.ReportAllocs()
	b.SetBytes(int64(len(octets)))
	for b.Loop() {
		buffer = m.Append(buffer[:0])
	}
}
