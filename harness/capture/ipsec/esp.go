package ipsec

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"ikewit/harness/capture/crypt"
)

// ErrICV says that a packet's integrity check value is not what its SA's key makes.
var ErrICV = errors.New("ICV is wrong")

// An Opened is what was inside an ESP packet, or behind an AH.
type Opened struct {
	SPI        uint32
	Seq        uint32 // 0 for a packet of RFC 1827, which has none
	IV         []byte // as the packet carries it
	Padding    []byte
	NextHeader uint8
	Inner      []byte   // a whole IP packet (NextHeader 4 or 41), or what followed the IP header
	Verified   bool     // an ICV was there, and right
	Faults     []string // what no receiver needs to refuse but a sender must not do
}

func (o *Opened) fault(format string, args ...any) {
	o.Faults = append(o.Faults, fmt.Sprintf(format, args...))
}

// OpenESP decrypts an ESP packet, given from its SPI on, and checks its ICV. Extended sequence numbers are taken to
// be in the 2^32 behind sa.Before.
//
// RFC 2406 section 3.4, RFC 4303 section 3.4, RFC 1829 section 2.
func OpenESP(sa *SA, b []byte) (*Opened, error) {
	if sa.Cipher == nil {
		return nil, fmt.Errorf("ESP %08x: its SA has no cipher", sa.SPI)
	}
	if len(b) < 8 {
		return nil, fmt.Errorf("ESP header: %d octets, 8 are needed", len(b))
	}
	o := &Opened{SPI: binary.BigEndian.Uint32(b)}
	if o.SPI != sa.SPI {
		return nil, fmt.Errorf("ESP %08x: opened with the SA of %08x", o.SPI, sa.SPI)
	}
	head := 8
	if sa.Cipher.Old {
		head = 4
	} else if o.Seq = binary.BigEndian.Uint32(b[4:]); o.Seq == 0 && sa.Before == 0 {
		o.fault("sequence number 0: the first packet has 1")
	}
	icv, iv := sa.Cipher.ICV, sa.ivOctets()
	if sa.Integrity != nil {
		icv = sa.Integrity.ICV
	}
	if len(b) < head+iv+2+icv {
		return nil, fmt.Errorf("ESP %08x: %d octets, at least %d are needed", o.SPI, len(b), head+iv+2+icv)
	}
	text := b[head+iv : len(b)-icv]
	o.IV = b[head : head+iv]
	if sa.Integrity != nil {
		if !bytes.Equal(sa.Integrity.Sum(sa.AuthKey, b[:len(b)-icv], sa.highHalf(o.Seq)), b[len(b)-icv:]) {
			return nil, fmt.Errorf("ESP %08x sequence number %d: %w", o.SPI, o.Seq, ErrICV)
		}
		o.Verified = true
	}
	plain, err := sa.decrypt(o, b[:head], text, b[len(b)-icv:])
	if err != nil {
		return nil, fmt.Errorf("ESP %08x sequence number %d: %w", o.SPI, o.Seq, err)
	}
	o.Verified = o.Verified || sa.Cipher.Mode == crypt.GCM
	return o, o.trailer(sa, plain, len(text))
}

// ivOctets is how much of an IV the packet carries.
func (sa *SA) ivOctets() int {
	switch sa.IV {
	case IVDerived:
		return 0
	case IVEight:
		return 8
	}
	return sa.Cipher.IV
}

// highHalf is what an ICV covers of a 64-bit sequence number behind the packet; nothing for one of 32 bits.
func (sa *SA) highHalf(seq uint32) []byte {
	if !sa.ESN {
		return nil
	}
	high := uint32(sa.Before >> 32)
	if seq <= uint32(sa.Before) && sa.Before != 0 {
		high++
	}
	return binary.BigEndian.AppendUint32(nil, high)
}

func (sa *SA) decrypt(o *Opened, head, text, icv []byte) ([]byte, error) {
	key, salt := sa.Key, crypt.Secret(nil)
	if n := len(sa.Key) - sa.Cipher.Salt; n >= 0 {
		key, salt = sa.Key[:n], sa.Key[n:]
	}
	switch sa.Cipher.Mode {
	case crypt.Null:
		return text, nil
	case crypt.CBC:
		iv, err := sa.wholeIV(o)
		if err != nil {
			return nil, err
		}
		return sa.Cipher.DecryptCBC(key, iv, text)
	}
	block, err := sa.Cipher.NewBlock(key)
	if err != nil {
		return nil, err
	}
	nonce := append(append([]byte(nil), salt...), o.IV...)
	if len(nonce) != 12 {
		return nil, fmt.Errorf("%s: nonce of %d octets, 12 are needed", sa.Cipher.Name, len(nonce))
	}
	if sa.Cipher.Mode == crypt.CTR { // RFC 3686 section 4: nonce, IV, counter from 1
		out := make([]byte, len(text))
		cipher.NewCTR(block, append(nonce, 0, 0, 0, 1)).XORKeyStream(out, text)
		return out, nil
	}
	return openGCM(block, sa.Cipher.ICV, nonce, append(append(append([]byte(nil), head[:4]...), sa.highHalf(o.Seq)...), head[4:]...), text, icv)
}

// openGCM is AES-GCM with an ICV of 8, 12 or 16 octets. The standard library has no tag of 8, so for that one the
// whole tag is made again from the plaintext and cut. RFC 4106 sections 3 to 6.
func openGCM(block cipher.Block, size int, nonce, aad, text, icv []byte) ([]byte, error) {
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(text))
	cipher.NewCTR(block, append(append([]byte(nil), nonce...), 0, 0, 0, 2)).XORKeyStream(plain, text)
	again := gcm.Seal(nil, nonce, plain, aad)
	if !bytes.Equal(again[len(text):][:size], icv) {
		return nil, ErrICV
	}
	return plain, nil
}

// wholeIV makes the IV of a CBC cipher from what the packet carries: all of it, four octets and their complement
// (RFC 1829), or none: the sequence number and its complement.
func (sa *SA) wholeIV(o *Opened) ([]byte, error) {
	half := o.IV
	switch {
	case len(o.IV) == sa.Cipher.Block:
		return o.IV, nil
	case sa.Cipher.Block != 8 || len(o.IV) != 0 && len(o.IV) != 4 || len(o.IV) == 0 && sa.Cipher.Old:
		return nil, fmt.Errorf("IV of %d octets with %s: not known how to make it whole", len(o.IV), sa.Cipher.Name)
	case len(o.IV) == 0:
		half = binary.BigEndian.AppendUint32(nil, o.Seq)
	}
	return append(append([]byte(nil), half...), ^half[0], ^half[1], ^half[2], ^half[3]), nil
}

// trailer takes padding, pad length and next header off the plaintext.
func (o *Opened) trailer(sa *SA, plain []byte, text int) error {
	n := len(plain) - 2
	pad := int(plain[n])
	if pad > n {
		return fmt.Errorf("ESP %08x sequence number %d: Pad Length is %d, only %d octets are before it", o.SPI, o.Seq, pad, n)
	}
	o.NextHeader, o.Padding, o.Inner = plain[n+1], plain[n-pad:n], plain[:n-pad]
	if text%4 != 0 {
		o.fault("%d octets of text: the trailer does not end on 32 bits", text)
	}
	for i, octet := range o.Padding {
		if int(octet) != i+1 && !sa.Cipher.Old {
			o.fault("padding is %x, not 1, 2, 3", o.Padding)
			break
		}
	}
	o.inner(sa)
	return nil
}

// inner compares what came out with the mode of the SA.
func (o *Opened) inner(sa *SA) {
	version := map[uint8]byte{4: 4, 41: 6}[o.NextHeader]
	if sa.Mode == Tunnel && version == 0 && o.NextHeader != 59 && o.NextHeader != 108 {
		o.fault("next header %d in tunnel mode", o.NextHeader)
	}
	if version == 0 {
		return
	}
	if len(o.Inner) < 20 || o.Inner[0]>>4 != version {
		o.fault("next header %d, but no IPv%d packet behind it", o.NextHeader, version)
		return
	}
	length := int(binary.BigEndian.Uint16(o.Inner[2:]))
	if version == 6 {
		length = 40 + int(binary.BigEndian.Uint16(o.Inner[4:]))
	}
	if length > len(o.Inner) {
		o.fault("inner packet says %d octets, there are %d", length, len(o.Inner))
	}
}
