package alg

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrICV: the ICV of an AEAD does not fit the packet.
var ErrICV = errors.New("ICV is wrong")

// An ESPCipher encrypts or decrypts the packets of one SA in one direction, in place and without allocating.
// It is what [Cipher.NewESP] makes; the row of the cipher tells the sizes. The parts of a packet:
//
//	|<----- head ----->|<-- iv --->|<---------- body ---------->|
//	+------+-----------+-----------+---------------+ - - - - - -+
//	| SPI  | Seq. No.  | Cipher.IV | text          | Cipher.ICV |   then the ICV of the integrity algorithm, if any
//	+------+-----------+-----------+---------------+ - - - - - -+
//
// head is what an AEAD authenticates beside the text: SPI and sequence number as sent (8 octets), or with extended
// sequence numbers SPI, high half, low half (12 octets, put together by the caller). Its last four octets are the low
// half of the sequence number either way; des-deriv makes its IV of them. A packet of RFC 1827 (Cipher.OldESP) has the
// SPI alone.
//
// body is the text (payload, padding, pad length, next header; a multiple of Cipher.Block) and, for an AEAD only,
// Cipher.ICV octets behind it: room that Seal fills and that Open checks. Other ciphers have Cipher.ICV 0, and the ICV
// of a separate integrity algorithm is not part of body.
type ESPCipher interface {
	// FillIV writes the IV of an outgoing packet, Cipher.IV octets. Block ciphers draw it from rnd; AES-CTR and
	// AES-GCM take the 64-bit sequence number, which never repeats under one key (RFC 3686 section 3.1).
	FillIV(iv []byte, seq uint64, rnd Random)
	// Seal encrypts the text, and fills the ICV of an AEAD. The error is about lengths only.
	Seal(head, iv, body []byte) error
	// Open checks the ICV of an AEAD and decrypts the text. After an error body holds no meaningful octets.
	// The error is ErrICV, or about lengths.
	Open(head, iv, body []byte) error
}

// espCBC is ESP with a CBC cipher: RFC 2405, 2451, 3602, and with short or derived IVs RFC 1829.
type espCBC struct {
	cbc    CBC
	ivSize int
	iv     [16]byte // the whole IV, where the packet does not carry it whole
}

func newESPCBC(c *Cipher, key []byte) (ESPCipher, error) {
	cbc, err := c.cbc(key)
	if err != nil {
		return nil, err
	}
	return &espCBC{cbc: cbc, ivSize: c.IV}, nil
}

func (e *espCBC) FillIV(iv []byte, _ uint64, rnd Random) {
	if len(iv) > 0 {
		rnd.Fill(iv)
	}
}

func (e *espCBC) Seal(head, iv, body []byte) error {
	iv, err := e.wholeIV(head, iv)
	if err != nil {
		return err
	}
	return e.cbc.Encrypt(iv, body)
}

func (e *espCBC) Open(head, iv, body []byte) error {
	iv, err := e.wholeIV(head, iv)
	if err != nil {
		return err
	}
	return e.cbc.Decrypt(iv, body)
}

// wholeIV returns the IV of the CBC mode: what the packet carries; or, with 32 bits, those and their complement (RFC
// 1829 section 2); or, with none, the sequence number and its complement (draft-ietf-ipsec-ciph-des-derived).
func (e *espCBC) wholeIV(head, iv []byte) ([]byte, error) {
	if len(iv) != e.ivSize {
		return nil, fmt.Errorf("IV of %d octets, this cipher carries %d: %w", len(iv), e.ivSize, ErrNotBlocks)
	}
	half := iv
	switch {
	case e.ivSize == e.cbc.BlockSize():
		return iv, nil
	case e.ivSize == 0 && len(head) < 8:
		return nil, fmt.Errorf("derived IV: no sequence number in a header of %d octets: %w", len(head), ErrNotBlocks)
	case e.ivSize == 0:
		half = head[len(head)-4:]
	}
	v := binary.BigEndian.Uint32(half)
	binary.BigEndian.PutUint32(e.iv[0:], v)
	binary.BigEndian.PutUint32(e.iv[4:], ^v)
	return e.iv[:8], nil
}

// nullESP is ESP_NULL, RFC 2410: the text stays as it is.
type nullESP struct{}

func newESPNull(*Cipher, []byte) (ESPCipher, error) { return nullESP{}, nil }

func (nullESP) FillIV([]byte, uint64, Random) {}
func (nullESP) Seal(_, iv, _ []byte) error    { return checkNoIV(iv) }
func (nullESP) Open(_, iv, _ []byte) error    { return checkNoIV(iv) }

func checkNoIV(iv []byte) error {
	if len(iv) != 0 {
		return fmt.Errorf("IV of %d octets, null carries none: %w", len(iv), ErrNotBlocks)
	}
	return nil
}
