package dataplane

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"net/netip"
	"testing"

	//lint:ignore SA1019 what is tested against it is as old
	"golang.org/x/crypto/blowfish"
	//lint:ignore SA1019 what is tested against it is as old
	"golang.org/x/crypto/cast5"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// A reference IPsec, slow and obvious: it builds packets by appending, with the standard library's
// cryptography, and shares no code with what is tested. Only RC5 and IDEA have their block cipher from
// impl/alg, where published vectors hold it.

// A refPacket is a protected packet before it is put together; the zero values of the last fields mean what
// the RFC says.
type refPacket struct {
	sa    *sadb.SA
	inner []byte // the clear IP packet
	seq   uint64
	iv    []byte // as in the packet

	ident   uint16             // of an outer IPv4 header
	tos     int                // of the outer header; -1 or 0: copied
	padding []byte             // instead of the least that is needed
	pad     int                // octets of padding more than needed; a multiple of the block
	next    int                // instead of the right next header; 0: the right one
	tfc     []byte             // behind the packet in the tunnel
	text    []byte             // instead of everything inside
	editPad func([]byte)       // has the padding before encryption
	edit    func(front []byte) // has SPI and number before authentication
}

func refHash(g *alg.Integrity) func() hash.Hash {
	for prefix, h := range map[string]func() hash.Hash{"hmac-md5": md5.New, "hmac-sha1": sha1.New,
		"hmac-sha256": sha256.New, "hmac-sha384": sha512.New384, "hmac-sha512": sha512.New} {
		if len(g.Name) >= len(prefix) && g.Name[:len(prefix)] == prefix {
			return h
		}
	}
	panic("no reference for " + g.Name)
}

func refICV(sa *sadb.SA, covered []byte) []byte {
	if sa.Integrity == nil || sa.Integrity.ICV == 0 {
		return nil
	}
	m := hmac.New(refHash(sa.Integrity), sa.AuthKey)
	m.Write(covered)
	return m.Sum(nil)[:sa.Integrity.ICV]
}

func refBlock(name string, key []byte) cipher.Block {
	var b cipher.Block
	var err error
	switch name {
	case "des", "des-iv64", "des-iv32", "des-deriv":
		b, err = des.NewCipher(key)
	case "3des":
		b, err = des.NewTripleDESCipher(key)
	case "aes":
		b, err = aes.NewCipher(key)
	case "blowfish":
		b, err = blowfish.NewCipher(key)
	case "cast":
		if len(key) < 16 {
			return nil // x/crypto has no short keys
		}
		b, err = cast5.NewCipher(key)
	default:
		return nil
	}
	if err != nil {
		panic(err)
	}
	return b
}

// refIV is the whole IV of a CBC cipher.
func refIV(sa *sadb.SA, seq uint64, iv []byte) []byte {
	numbered := func() []byte {
		one := binary.BigEndian.AppendUint32(nil, uint32(seq))
		return append(one, ^one[0], ^one[1], ^one[2], ^one[3])
	}
	switch {
	case sa.DerivedIV && sa.Cipher.Block == 16:
		return append(numbered(), numbered()...)
	case sa.DerivedIV, sa.Cipher.Name == "des-deriv":
		return numbered()
	case sa.Cipher.Name == "des-iv32":
		return append(bytes.Clone(iv), ^iv[0], ^iv[1], ^iv[2], ^iv[3])
	}
	return iv
}

// refCrypt encrypts text and gives it with the ICV of an AEAD, or decrypts it; nil if that ICV is wrong.
func refCrypt(sa *sadb.SA, encrypt bool, head []byte, seq uint64, iv, text []byte) []byte {
	c, key := sa.Cipher, sa.CipherKey.Octets()
	aad := head
	if sa.ESN {
		aad = binary.BigEndian.AppendUint32(bytes.Clone(head[:4]), uint32(seq>>32))
		aad = append(aad, head[4:]...)
	}
	if sa.DerivedIV && c.Block == 1 {
		iv = refIV(sa, seq, nil)
	}
	n := len(key) - c.Salt
	nonce := append(bytes.Clone(key[n:]), iv...)
	switch c.Name {
	case "null":
		return bytes.Clone(text)
	case "aes-ctr":
		b, _ := aes.NewCipher(key[:n])
		out := make([]byte, len(text))
		cipher.NewCTR(b, append(nonce, 0, 0, 0, 1)).XORKeyStream(out, text)
		return out
	case "aes-gcm-8", "aes-gcm-12", "aes-gcm-16":
		return refGCM(key[:n], nonce, aad, text, encrypt, c.ICV)
	}
	whole, out := refIV(sa, seq, iv), bytes.Clone(text)
	b := refBlock(c.Name, key)
	switch {
	case b == nil: // RC5, IDEA
		cbc, err := alg.CipherByName(c.Name).NewCBC(sa.CipherKey)
		if err != nil {
			panic(err)
		}
		if encrypt {
			err = cbc.Encrypt(whole, out)
		} else {
			err = cbc.Decrypt(whole, out)
		}
		if err != nil {
			panic(err)
		}
	case encrypt:
		cipher.NewCBCEncrypter(b, whole).CryptBlocks(out, text)
	default:
		cipher.NewCBCDecrypter(b, whole).CryptBlocks(out, text)
	}
	return out
}

// refGCM does AES-GCM with a tag of any length, by making the whole tag.
func refGCM(key, nonce, aad, text []byte, encrypt bool, tag int) []byte {
	b, _ := aes.NewCipher(key)
	g, _ := cipher.NewGCM(b)
	if encrypt {
		out := g.Seal(nil, nonce, text, aad)
		return out[:len(text)+tag]
	}
	sealed, icv := text[:len(text)-tag], text[len(text)-tag:]
	clear := make([]byte, len(sealed))
	cipher.NewCTR(b, append(bytes.Clone(nonce), 0, 0, 0, 2)).XORKeyStream(clear, sealed)
	if want := g.Seal(nil, nonce, clear, aad); !bytes.Equal(want[len(clear):][:tag], icv) {
		return nil
	}
	return clear
}

// refHeader makes the outer header of tunnel mode for a payload of n octets.
func (p *refPacket) refHeader(proto byte, n int) []byte {
	tos := p.inner[1]
	if p.inner[0]>>4 == 6 {
		tos = p.inner[0]<<4 | p.inner[1]>>4
	}
	if p.tos > 0 {
		tos = byte(p.tos)
	}
	if p.sa.Dst.Is6() {
		h := binary.BigEndian.AppendUint32(nil, 6<<28|uint32(tos)<<20)
		h = binary.BigEndian.AppendUint16(h, uint16(n))
		h = append(h, proto, 64)
		h = append(h, p.sa.Src.AsSlice()...)
		return append(h, p.sa.Dst.AsSlice()...)
	}
	df := byte(0x40)
	switch {
	case p.sa.DF == sadb.DFClear, p.sa.DF == sadb.DFCopy && p.inner[0]>>4 == 4 && p.inner[6]&0x40 == 0:
		df = 0
	}
	h := []byte{0x45, tos}
	h = binary.BigEndian.AppendUint16(h, uint16(20+n))
	h = binary.BigEndian.AppendUint16(h, p.ident)
	h = append(h, df, 0, 64, proto, 0, 0)
	h = append(h, p.sa.Src.AsSlice()...)
	h = append(h, p.sa.Dst.AsSlice()...)
	return refChecksum(h)
}

// refChecksum puts the header checksum into an IPv4 header.
func refChecksum(h []byte) []byte {
	h[10], h[11] = 0, 0
	sum := 0
	for i := 0; i < len(h); i += 2 {
		sum += int(h[i])<<8 | int(h[i+1])
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum))
	return h
}

// refSplit takes a packet without extension headers apart where transport mode does.
func refSplit(packet []byte) (head []byte, next byte, payload []byte) {
	if packet[0]>>4 == 6 {
		return bytes.Clone(packet[:40]), packet[6], packet[40:]
	}
	n := int(packet[0]&15) * 4
	return bytes.Clone(packet[:n]), packet[9], packet[n:]
}

// refJoin puts a header in front of a payload, with protocol, length and checksum.
func refJoin(head []byte, proto byte, payload []byte) []byte {
	if head[0]>>4 == 6 {
		binary.BigEndian.PutUint16(head[4:], uint16(len(payload)))
		head[6] = proto
	} else {
		binary.BigEndian.PutUint16(head[2:], uint16(len(head)+len(payload)))
		head[9] = proto
		refChecksum(head)
	}
	return append(head, payload...)
}

// seal puts the protected packet together.
func (p refPacket) seal() []byte {
	head, next, text := p.sealParts()
	if p.sa.Proto == sadb.AH {
		return p.sealAH(head, next, text)
	}
	esp := binary.BigEndian.AppendUint32(nil, p.sa.SPI)
	if !p.sa.Cipher.OldESP || p.sa.DerivedIV {
		esp = binary.BigEndian.AppendUint32(esp, uint32(p.seq))
	}
	if p.edit != nil {
		p.edit(esp)
	}
	block := max(4, p.sa.Cipher.Block)
	plain := bytes.Clone(text)
	if p.text != nil {
		plain = p.text
	} else {
		padding := p.padding
		if padding == nil {
			n := (block-(len(plain)+2)%block)%block + p.pad
			for i := range n {
				padding = append(padding, byte(i+1))
			}
		}
		if p.editPad != nil {
			p.editPad(padding)
		}
		plain = append(append(plain, padding...), byte(len(padding)), next)
	}
	body := append(append(bytes.Clone(esp), p.iv...), refCrypt(p.sa, true, esp, p.seq, p.iv, plain)...)
	covered := body
	if p.sa.ESN {
		covered = binary.BigEndian.AppendUint32(bytes.Clone(body), uint32(p.seq>>32))
	}
	body = append(body, refICV(p.sa, covered)...)
	return refJoin(head, 50, body)
}

// sealParts gives the header that stays in front, what the next header field says, and what is protected.
func (p *refPacket) sealParts() (head []byte, next byte, text []byte) {
	if p.sa.Mode == sadb.Transport {
		head, next, text = refSplit(p.inner)
	} else {
		head, next, text = p.refHeader(byte(p.sa.Proto), 0), 4, append(bytes.Clone(p.inner), p.tfc...)
		if p.inner[0]>>4 == 6 {
			next = 41
		}
	}
	if p.next != 0 {
		next = byte(p.next)
	}
	return head, next, text
}

func (p *refPacket) sealAH(head []byte, next byte, text []byte) []byte {
	unit := 4
	if head[0]>>4 == 6 {
		unit = 8
	}
	size := (12 + p.sa.Integrity.ICV + unit - 1) / unit * unit
	ah := []byte{next, byte(size/4 - 2), 0, 0}
	ah = binary.BigEndian.AppendUint32(ah, p.sa.SPI)
	ah = binary.BigEndian.AppendUint32(ah, uint32(p.seq))
	if p.edit != nil {
		p.edit(ah)
	}
	ah = append(ah, make([]byte, size-12)...)
	packet := refJoin(head, 51, append(ah, text...))
	copy(packet[len(head)+12:], refICV(p.sa, refAHCovered(p.sa, packet, len(head), p.seq)))
	return packet
}

// refAHCovered is what the ICV of an AH packet covers, for headers without options.
func refAHCovered(sa *sadb.SA, packet []byte, head int, seq uint64) []byte {
	covered := bytes.Clone(packet)
	if covered[0]>>4 == 4 {
		for _, i := range []int{1, 6, 7, 8, 10, 11} {
			covered[i] = 0
		}
	} else {
		covered[0], covered[1], covered[2], covered[3], covered[7] = 0x60, 0, 0, 0, 0
	}
	clear(covered[head+12 : head+12+sa.Integrity.ICV])
	if sa.ESN {
		covered = binary.BigEndian.AppendUint32(covered, uint32(seq>>32))
	}
	return covered
}

// refOpened is what the reference finds in a protected packet.
type refOpened struct {
	packet   []byte // the clear packet, as the inside sees it
	head     []byte // the header in front of ESP or AH
	seq      uint32
	iv       []byte
	padding  []byte
	next     byte
	icv      []byte
	ah       []byte // the Authentication Header
	textSize int    // octets of text, padding and trailer included
}

// refOpen takes a protected packet apart. high is the high half of an extended sequence number.
func refOpen(sa *sadb.SA, packet []byte, high uint32) (refOpened, error) {
	head, proto, payload := refSplit(packet)
	if proto != byte(sa.Proto) {
		return refOpened{}, fmt.Errorf("protocol %d", proto)
	}
	o := refOpened{head: head}
	if sa.Proto == sadb.AH {
		return o, o.openAH(sa, packet, payload, high)
	}
	front := payload[:8]
	if sa.Cipher.OldESP && !sa.DerivedIV {
		front = payload[:4]
	} else {
		o.seq = binary.BigEndian.Uint32(payload[4:])
	}
	if spi := binary.BigEndian.Uint32(payload); spi != sa.SPI {
		return o, fmt.Errorf("SPI %08x", spi)
	}
	seq := uint64(high)<<32 | uint64(o.seq)
	if sa.Integrity != nil && sa.Integrity.ICV > 0 {
		o.icv, payload = payload[len(payload)-sa.Integrity.ICV:], payload[:len(payload)-sa.Integrity.ICV]
		covered := bytes.Clone(payload)
		if sa.ESN {
			covered = binary.BigEndian.AppendUint32(covered, high)
		}
		if !bytes.Equal(o.icv, refICV(sa, covered)) {
			return o, fmt.Errorf("ICV is wrong")
		}
	}
	n := sa.Cipher.IV
	if sa.DerivedIV {
		n = 0
	}
	o.iv = payload[len(front):][:n]
	sealed := payload[len(front)+n:]
	text := refCrypt(sa, false, front, seq, o.iv, sealed)
	if text == nil {
		return o, fmt.Errorf("ICV of the AEAD is wrong")
	}
	o.textSize = len(text)
	pad := int(text[len(text)-2])
	o.next, o.padding = text[len(text)-1], text[len(text)-2-pad:len(text)-2]
	o.inside(sa, text[:len(text)-2-pad])
	return o, nil
}

// inside puts together what the inside sees.
func (o *refOpened) inside(sa *sadb.SA, text []byte) {
	if sa.Mode == sadb.Transport {
		o.packet = refJoin(bytes.Clone(o.head), o.next, text)
		return
	}
	o.packet = text
}

func (o *refOpened) openAH(sa *sadb.SA, packet, payload []byte, high uint32) error {
	size := (int(payload[1]) + 2) * 4
	o.ah, o.next = payload[:size], payload[0]
	o.seq = binary.BigEndian.Uint32(payload[8:])
	o.icv = payload[12:][:sa.Integrity.ICV]
	seq := uint64(high)<<32 | uint64(o.seq)
	if !bytes.Equal(o.icv, refICV(sa, refAHCovered(sa, packet, len(o.head), seq))) {
		return fmt.Errorf("ICV is wrong")
	}
	o.inside(sa, payload[size:])
	return nil
}

// refDatagram makes a clear packet: an IP header of 20 or 40 octets, and UDP with n octets of payload.
func refDatagram(src, dst netip.Addr, srcPort, dstPort uint16, n int) []byte {
	udp := binary.BigEndian.AppendUint16(nil, srcPort)
	udp = binary.BigEndian.AppendUint16(udp, dstPort)
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+n))
	udp = append(udp, 0, 0)
	for i := range n {
		udp = append(udp, byte(i*3+n))
	}
	if src.Is6() {
		h := []byte{0x60, 0, 0, 0, 0, 0, 0, 63}
		h = append(append(h, src.AsSlice()...), dst.AsSlice()...)
		return refJoin(h, 17, udp)
	}
	h := []byte{0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 63, 0, 0, 0}
	h = append(append(h, src.AsSlice()...), dst.AsSlice()...)
	return refJoin(h, 17, udp)
}

// The reference is held by itself: what it seals, it opens.
func TestReferenceAgreesWithItself(t *testing.T) {
	for _, sa := range everySA() {
		inner := refDatagram(sa.Selector.Src.From, sa.Selector.Dst.From, 1, 2, 33)
		iv := bytes.Repeat([]byte{0x5a}, ivInPacket(&sa))
		o, err := refOpen(&sa, refPacket{sa: &sa, inner: inner, seq: 9, iv: iv}.seal(), 0)
		if err != nil || !bytes.Equal(o.packet, inner) {
			t.Errorf("%v: %v\n%x\n%x", sa, err, o.packet, inner)
		}
	}
}
