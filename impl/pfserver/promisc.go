package pfserver

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/wire/pfkey"
)

// X_PROMISC, RFC 2367 appendix A. A port that is promiscuous receives every message of the others, in a message of its
// own, before anything has looked at it, and the answers to them. What it would see anyway it sees once, as
// others do.

// overhear gives promiscuous ports what another port sent. Nothing was checked yet.
func (s *Server) overhear(from *Port, octets []byte) {
	var wrapped []byte
	for _, p := range s.ports {
		if !p.promiscuous || p == from {
			continue
		}
		if wrapped == nil {
			wrapped = wrap(octets)
		}
		p.put(wrapped, false)
	}
}

// wrap puts a message into an X_PROMISC message. What is no multiple of 8 octets long is filled up.
func wrap(octets []byte) []byte {
	body := make([]byte, (len(octets)+7)/8*8)
	copy(body, octets)
	return promiscMessage(body)
}

func promiscMessage(body []byte) []byte {
	m := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Promisc}).Append(nil)
	m = append(m, body...)
	binary.NativeEndian.PutUint16(m[4:], uint16(len(m)/8))
	return m
}

// promisc is the control form, a header that switches the sender on (1) or off (0), and the data form, a message for
// the process that the sequence number names, or for all.
func (s *Server) promisc(p *Port, octets []byte) {
	header, _ := pfkey.Parse(octets[:pfkey.HeaderSize]) // whose length says more
	if header.Version != pfkey.V2 {
		s.refuse(p, header, unix.EINVAL)
		return
	}
	if body := octets[pfkey.HeaderSize:]; len(body) > 0 {
		s.forward(p, header, body)
		return
	}
	if header.SAType > 1 {
		s.refuse(p, header, pfsa.Invalid(pfkey.UnknownSAType))
		return
	}
	p.promiscuous = header.SAType == 1
	s.reply(p, header, answer{satype: header.SAType, wants: everyone})
}

// forward sends a message as it stands.
func (s *Server) forward(p *Port, header *pfkey.Message, body []byte) {
	found := header.Seq == 0
	for _, other := range s.ports {
		if header.Seq == 0 && other != p || header.Seq != 0 && other.pid == header.Seq {
			other.put(append([]byte(nil), body...), false)
			found = true
		}
	}
	if !found {
		s.refuse(p, header, unix.ESRCH)
	}
}
