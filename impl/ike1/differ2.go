package ike1

import (
	"fmt"
	"strings"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// differences2 compares a phase 2 transform with what a connection accepts of its protocol.
func (q *quick) differences2(c *conn.Connection, s *suite2) []difference {
	var a conn.IPsecAccept // everything that is accepted of the protocol
	n := 0
	for _, one := range c.IPsec.Accept {
		if one.Proto == s.proto {
			n++
			a.Ciphers = append(a.Ciphers, one.Ciphers...)
			a.Integrity = append(a.Integrity, one.Integrity...)
			a.Modes = append(a.Modes, one.Modes...)
			a.Groups = append(a.Groups, one.Groups...)
		}
	}
	if n == 0 {
		return []difference{{"protocol", protocolsText(c), s.proto.String()}}
	}
	var list []difference
	if s.proto == sadb.ESP && !acceptsCipher(a.Ciphers, s.cipher, s.bits) {
		item, received := "cipher", cipherText(s.cipher, s.bits)
		for _, set := range a.Ciphers {
			if set.Cipher == s.cipher {
				item, received = "key length", fmt.Sprint(s.bits)
			}
		}
		list = append(list, difference{item, names(a.Ciphers, cipherSetText), received})
	}
	if !has(a.Integrity, s.integrity) {
		list = append(list, difference{"authentication algorithm", names(a.Integrity, integrityText), integrityText(s.integrity)})
	}
	if mode := modeOf(s.mode, c.IPsec.DefaultMode); !has(a.Modes, mode) {
		received := "none"
		if mode != 0 {
			received = mode.String()
		}
		list = append(list, difference{"encapsulation mode", names(a.Modes, sadb.Mode.String), received})
	}
	if !has(a.Groups, q.group) || q.group == nil && q.groupNumber != 0 {
		received := groupName(q.group)
		if q.groupNumber != 0 {
			received = isakmp.Group(q.groupNumber).String()
		}
		list = append(list, difference{"PFS", names(a.Groups, groupName), received})
	}
	if list == nil {
		list = append(list, difference{"combination", "one of the accepted", s.spec.text()})
	}
	return list
}

// String is "esp aes 128 hmac-sha1-96 tunnel, PFS none, life 1h0m0s 0 KB, for 10.1.0.0/16 to 10.2.0.0/16".
func (q *quick) String() string {
	var list []string
	for i := range q.specs {
		list = append(list, fmt.Sprintf("%s %v", q.specs[i].text(), q.specs[i].mode))
	}
	return fmt.Sprintf("%s, PFS %s, life %v %s, for %v", strings.Join(list, " and "), groupName(q.group), q.life.time, kilobytes(q.life.octets), q.clients)
}

// An attributesText writes the attributes of a transform in words, when it is printed.
type attributesText struct {
	phase     isakmp.Phase
	transform *isakmp.Transform
}

func (a attributesText) String() string {
	var list []string
	for _, one := range a.transform.Attributes {
		list = append(list, a.phase.Text(one))
	}
	return strings.Join(list, ", ")
}

// text is "esp aes 128 hmac-sha1-96".
func (s *spec) text() string {
	if s.cipher == nil {
		return fmt.Sprintf("%v %s", s.proto, integrityText(s.integrity))
	}
	return fmt.Sprintf("%v %s %s", s.proto, cipherText(s.cipher, s.bits), integrityText(s.integrity))
}

func integrityText(a *alg.Integrity) string {
	if a == nil {
		return "none"
	}
	return a.Name
}

func groupName(g *alg.Group) string {
	if g == nil {
		return "none"
	}
	return g.Name
}

// protocolsText names the protocols that a connection accepts.
func protocolsText(c *conn.Connection) string {
	return names(c.IPsec.Accept, func(a conn.IPsecAccept) string { return a.Proto.String() })
}

// groupText names the protocols of proposals that are wanted together.
func groupText(list []isakmp.Proposal) string {
	var all []string
	for i := range list {
		all = append(all, list[i].Protocol.String())
	}
	return strings.Join(all, " and ")
}

func kilobytes(octets uint64) string { return fmt.Sprintf("%d KB", octets>>10) }
