package check_test

import (
	"crypto/cipher"
	"encoding/binary"
	"io"

	"ikewit/harness/capture"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/check"
)

var errEnd = io.EOF

// shorten cuts the body of a payload.
func shorten(m *capture.Message, t isakmp.PayloadType, n int) {
	for i := range m.ISAKMP.Payloads {
		if p := &m.ISAKMP.Payloads[i]; p.Type == t {
			p.Body = p.Body[:n]
		}
	}
}

// copyBody puts the body of a payload of one message into another.
func copyBody(to, from *capture.Message, t isakmp.PayloadType) {
	src, _ := isakmp.Find(from.Chain(), t)
	for i := range to.Plain {
		if to.Plain[i].Type == t {
			to.Plain[i].Body = src.Body
		}
	}
}

// sealWith makes an ESP packet of a whole plaintext, trailer included.
func sealWith(sa *ipsec.SA, seq uint32, text []byte) []byte {
	block, err := sa.Cipher.NewBlock(sa.Key)
	if err != nil {
		panic(err)
	}
	cipher.NewCBCEncrypter(block, iv(seq)).CryptBlocks(text, text)
	b := binary.BigEndian.AppendUint32(nil, sa.SPI)
	b = binary.BigEndian.AppendUint32(b, seq)
	b = append(append(b, iv(seq)...), text...)
	return append(b, sa.Integrity.Sum(sa.AuthKey, b)...)
}

// recount makes the traffic anew, with IVs that count.
func recount(e *check.Evidence) {
	var keep []capture.Record
	for _, r := range e.Records {
		if r.ESP == nil {
			keep = append(keep, r)
		}
	}
	e.Records = keep
	sa := e.Wire[0]
	for seq := uint32(1); seq <= 4; seq++ {
		count := make([]byte, 8)
		binary.BigEndian.PutUint64(count, uint64(seq))
		add(e, sa, seal(sa, seq, count, nil))
	}
}
