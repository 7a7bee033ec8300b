package ipsec

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/google/gopacket"

	"ikewit/harness/capture/packet"
)

// VerifyAH checks the ICV of an IP packet whose payload starts with an AH. The packet must be whole: put together if
// it was fragmented, and not cut by the capture.
//
// RFC 2402 section 3.4, RFC 4302 section 3.4.
func VerifyAH(sa *SA, ip packet.IP) (*Opened, error) {
	var h AH
	if err := h.DecodeFromBytes(ip.Payload, gopacket.NilDecodeFeedback); err != nil {
		return nil, err
	}
	switch {
	case h.SPI != sa.SPI:
		return nil, fmt.Errorf("AH %08x: checked with the SA of %08x", h.SPI, sa.SPI)
	case sa.Integrity == nil:
		return nil, fmt.Errorf("AH %08x: its SA has no authenticator", h.SPI)
	case len(h.ICV) < sa.Integrity.ICV:
		return nil, fmt.Errorf("AH %08x: room for %d octets of ICV, %s has %d", h.SPI, len(h.ICV), sa.Integrity, sa.Integrity.ICV)
	case ip.Fragment || ip.Missing > 0:
		return nil, fmt.Errorf("AH %08x: a fragment, or %d octets missing", h.SPI, ip.Missing)
	}
	header, err := asAuthenticated(ip)
	if err != nil {
		return nil, fmt.Errorf("AH %08x: %w", h.SPI, err)
	}
	n := sa.Integrity.ICV
	zeroed := append(append(append([]byte(nil), h.Contents[:12]...), make([]byte, n)...), h.ICV[n:]...)
	if !bytes.Equal(sa.Integrity.Sum(sa.AuthKey, header, zeroed, h.Payload, sa.highHalf(h.Seq)), h.ICV[:n]) {
		return nil, fmt.Errorf("AH %08x sequence number %d: %w", h.SPI, h.Seq, ErrICV)
	}
	o := &Opened{SPI: h.SPI, Seq: h.Seq, NextHeader: h.NextHeader, Inner: h.Payload, Verified: true}
	if h.Seq == 0 && sa.Before == 0 {
		o.fault("sequence number 0: the first packet has 1")
	}
	if h.Reserved != 0 {
		o.fault("RESERVED is %04x", h.Reserved)
	}
	words := map[int]int{4: 4, 6: 8}[ip.Version]
	if want := (12 + n + words - 1) / words * words; len(h.Contents) != want {
		o.fault("header of %d octets, %d are needed for an ICV of %d in IPv%d", len(h.Contents), want, n, ip.Version)
	}
	o.inner(sa)
	return o, nil
}

// asAuthenticated gives the IP header as the ICV covers it: what changes on the way is zero, what changes in a
// way that can be foreseen is as it arrives. RFC 2402 section 3.3.3.1.
func asAuthenticated(ip packet.IP) ([]byte, error) {
	h := bytes.Clone(ip.Header)
	if ip.Version == 4 {
		h[1] = 0                                       // type of service
		h[6], h[7], h[8], h[10], h[11] = 0, 0, 0, 0, 0 // flags and fragment offset, time to live, checksum
		return h, options4(h)
	}
	binary.BigEndian.PutUint32(h, 6<<28) // traffic class and flow label
	h[7] = 0                             // hop limit
	return h, extensions6(h)
}

// immutable4 are the IPv4 options that an ICV covers as they are. RFC 2402 appendix A1.
var immutable4 = map[byte]bool{130: true, 133: true, 134: true, 148: true, 149: true}

func options4(h []byte) error {
	for at := 20; at < len(h); {
		kind := h[at]
		if kind == 0 {
			return nil // what follows is padding, covered
		}
		if kind == 1 {
			at++
			continue
		}
		if at+1 >= len(h) || h[at+1] < 2 || at+int(h[at+1]) > len(h) {
			return fmt.Errorf("IPv4 option %d: its length runs over the header", kind)
		}
		n := int(h[at+1])
		if (kind == 131 || kind == 137) && n >= 7 && int(h[at+2]) <= n { // source route, not at its end yet
			copy(h[16:20], h[at+n-4:at+n])
		}
		if !immutable4[kind] {
			clear(h[at : at+n])
		}
		at += n
	}
	return nil
}

// extensions6 treats the extension headers behind the fixed one. RFC 2402 section 3.3.3.1.2.
func extensions6(h []byte) error {
	next := h[6]
	for at := 40; at < len(h); {
		if at+8 > len(h) || at+(int(h[at+1])+1)*8 > len(h) {
			return fmt.Errorf("IPv6 extension header %d: its length runs over the headers", next)
		}
		ext := h[at : at+(int(h[at+1])+1)*8]
		switch next {
		case packet.ProtoHopByHop, packet.ProtoDestOpts:
			if err := options6(ext); err != nil {
				return err
			}
		case packet.ProtoRouting:
			route6(h, ext)
		}
		next, at = ext[0], at+len(ext)
	}
	return nil
}

// options6 zeroes the data of options that may change on the way.
func options6(ext []byte) error {
	for at := 2; at < len(ext); {
		if ext[at] == 0 { // Pad1
			at++
			continue
		}
		if at+1 >= len(ext) || at+2+int(ext[at+1]) > len(ext) {
			return fmt.Errorf("IPv6 option %d: its length runs over the header", ext[at])
		}
		end := at + 2 + int(ext[at+1])
		if ext[at]&0x20 != 0 {
			clear(ext[at+2 : end])
		}
		at = end
	}
	return nil
}

// route6 turns a routing header of type 0 and the destination into what arrives: at every hop the destination and
// the next address change places.
func route6(h, ext []byte) {
	total := (len(ext) - 8) / 16
	if ext[2] != 0 || int(ext[3]) > total {
		return
	}
	for ; ext[3] > 0; ext[3]-- {
		hop := ext[8+16*(total-int(ext[3])):][:16]
		here := [16]byte(h[24:40])
		copy(h[24:40], hop)
		copy(hop, here[:])
	}
}
