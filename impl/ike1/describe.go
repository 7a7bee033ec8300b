package ike1

import (
	"strings"

	"ikewit/impl/wire/isakmp"
)

// describe writes a message as the drawings do: "HDR* HASH(1) SA Ni IDci IDcr".
func describe(name string, encrypted bool, items []isakmp.Item) string {
	var b strings.Builder
	b.WriteString("HDR")
	if encrypted {
		b.WriteByte('*')
	}
	ids := 0
	for i := range items {
		b.WriteByte(' ')
		switch p := items[i].Body.(type) {
		case *isakmp.Hash:
			b.WriteString(hashNames[name])
		case *isakmp.Nonce:
			b.WriteString("N" + side(name))
		case *isakmp.ID:
			b.WriteString(idName(name, ids))
			ids++
		case *isakmp.Notify:
			b.WriteString("N(" + p.NotifyType.String() + ")")
		case *isakmp.Delete:
			b.WriteString("D(" + p.Protocol.String() + ")")
		default:
			b.WriteString(items[i].Type.String())
		}
	}
	return b.String()
}

// hashNames are the HASHes by the message that they stand in.
var hashNames = map[string]string{
	"MI3": "HASH_I", "MR3": "HASH_R", "AI2": "HASH_I", "AR1": "HASH_R",
	"QI1": "HASH(1)", "QR1": "HASH(2)", "QI2": "HASH(3)", "INFO": "HASH(1)",
}

// side is "i" for messages of the initiator and "r" for those of the responder.
func side(name string) string {
	if len(name) > 1 && name[1] == 'R' {
		return "r"
	}
	return "i"
}

// idName is IDii or IDir in phase 1, IDci or IDcr in Quick Mode.
func idName(name string, n int) string {
	switch {
	case !strings.HasPrefix(name, "Q"):
		return "IDi" + side(name)
	case n == 0:
		return "IDci"
	}
	return "IDcr"
}

// String names the payloads of a set.
func (s set) String() string {
	var names []string
	for t := isakmp.PayloadType(1); t <= isakmp.TypeNATOA; t++ {
		if s&setOf(t) != 0 && t != isakmp.TypeNATDBad {
			names = append(names, t.String())
		}
	}
	return strings.Join(names, " ")
}
