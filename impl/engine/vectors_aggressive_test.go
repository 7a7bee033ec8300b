package engine_test

import (
	"crypto/cipher"
	"crypto/des"
	"testing"

	"ikewit/impl/conn"
	"ikewit/impl/ike"
	"ikewit/impl/wire/ikehdr"
)

// A responder takes AI2 in clear or encrypted; an initiator sends it encrypted. What follows has the IV that comes of the
// one or of the other. IKE1-AM-06 to 08.
func TestAggressiveModeIsOctetForOctetThatOfTheVectors(t *testing.T) {
	for _, p := range readVectors(t).Aggressive {
		for _, row := range []struct {
			name      string
			initiator bool
			last      int // the message of the vector that is AI2
			after     vectorIV
		}{
			{"initiator", true, 3, p.AfterEncrypted},
			{"responder, encrypted", false, 3, p.AfterEncrypted},
			{"responder, in clear", false, 2, p.AfterClear},
		} {
			t.Run(p.ID+"/"+row.name, func(t *testing.T) {
				r := newReplay(t, &p, row.initiator)
				r.conn.ISAKMP.Exchange = conn.AggressiveMode
				q := p
				q.Messages = []vectorMessage{p.Messages[0], p.Messages[1], p.Messages[row.last]}
				r.phase1(&q, row.initiator)
				r.random.Fixed = map[string][][]byte{"msgid": {row.after.MsgID}}
				r.step(ike.Terminate{})
				if len(r.sent) != 1 {
					t.Fatalf("%d messages end the SA, want a Delete", len(r.sent))
				}
				block, err := des.NewTripleDESCipher(p.EncKey)
				if err != nil {
					t.Fatal(err)
				}
				body := r.sent[0].Octets[ikehdr.Size:]
				cipher.NewCBCDecrypter(block, row.after.IV).CryptBlocks(body, body)
				const nextDelete, hashLength = 12, 24
				if body[0] != nextDelete || body[1] != 0 || body[2] != 0 || body[3] != hashLength {
					t.Errorf("the Delete does not open with the IV of the vector: %x", body[:4])
				}
			})
		}
	}
}
