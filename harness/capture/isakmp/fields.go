package isakmp

import (
	"encoding/hex"
	"fmt"
)

// list collects fields under a path.
type list struct {
	path   string
	fields []Field
}

func (l *list) add(name, format string, args ...any) {
	l.fields = append(l.fields, Field{l.path + name, fmt.Sprintf(format, args...)})
}

// set adds a field only if it is not what everybody expects: reserved octets and the like.
func (l *list) set(name string, value uint64) {
	if value != 0 {
		l.add(name, "%#x", value)
	}
}

func octets(b []byte) string {
	if len(b) == 0 {
		return "none"
	}
	return hex.EncodeToString(b)
}

// Fields lists the header fields.
func (m *Message) Fields() []Field {
	l := &list{}
	l.add("Initiator Cookie", "%s", m.ICookie)
	l.add("Responder Cookie", "%s", m.RCookie)
	l.add("Next Payload", "%s", m.NextPayload)
	l.add("Version", "%d.%d", m.Major, m.Minor)
	l.add("Exchange Type", "%s", m.Exchange)
	l.add("Flags", "%s", m.FlagNames())
	l.add("Message ID", "%08x", m.MessageID)
	l.add("Length", "%d", m.Length)
	return l.fields
}

// Fields lists DOI, situation, and per proposal and transform what they say.
func (s *SA) Fields() []Field {
	l := &list{}
	l.add("DOI", "%d", s.DOI)
	l.add("Situation", "%d", s.Situation)
	if s.Labels != nil {
		l.add("Labels", "%s", octets(s.Labels))
	}
	for i, p := range s.Proposals {
		l.path = fmt.Sprintf("Proposal %d ", i+1)
		l.set("RESERVED", uint64(p.Reserved))
		l.add("Proposal #", "%d", p.Number)
		l.add("Protocol-Id", "%s", p.Protocol)
		l.add("SPI", "%s", octets(p.SPI))
		for j, t := range p.Transforms {
			l.path = fmt.Sprintf("Proposal %d Transform %d ", i+1, j+1)
			l.set("RESERVED", uint64(t.Reserved))
			l.add("Transform #", "%d", t.Number)
			l.add("Transform-Id", "%s", TransformName(p.Protocol, t.ID))
			l.set("RESERVED2", uint64(t.Reserved2))
			for _, a := range t.Attributes {
				name, value := a.Describe(p.Protocol)
				l.add(name, "%s", value)
			}
		}
	}
	return l.fields
}

// Fields lists address type, protocol, port and identity.
func (id *Identification) Fields() []Field {
	l := &list{}
	l.add("ID Type", "%s", id.Type)
	l.add("Protocol ID", "%d", id.Protocol)
	l.add("Port", "%d", id.Port)
	bare := *id
	bare.Protocol, bare.Port = 0, 0
	l.add("Identification Data", "%s", &bare)
	return l.fields
}

// Fields lists type, protocol, SPI and data.
func (n *Notification) Fields() []Field {
	l := &list{}
	l.add("DOI", "%d", n.DOI)
	l.add("Protocol-ID", "%s", n.Protocol)
	l.add("Notify Message Type", "%s", n.Type)
	l.add("SPI", "%s", octets(n.SPI))
	l.add("Notification Data", "%s", octets(n.Data))
	return l.fields
}

// Fields lists protocol and SPIs.
func (d *Delete) Fields() []Field {
	l := &list{}
	l.add("DOI", "%d", d.DOI)
	l.add("Protocol-Id", "%s", d.Protocol)
	l.add("SPI Size", "%d", d.SPISize)
	l.add("# of SPIs", "%d", d.Count)
	for _, spi := range d.SPIs {
		l.add("SPI", "%s", octets(spi))
	}
	return l.fields
}

// Fields lists type, identifier and attributes.
func (c *Config) Fields() []Field {
	l := &list{}
	l.add("Type", "%d", c.Type)
	l.set("RESERVED", uint64(c.Reserved))
	l.add("Identifier", "%d", c.Identifier)
	for _, a := range c.Attributes {
		l.add(fmt.Sprintf("Attribute %d", a.Type), "%s", octets(a.Value))
	}
	return l.fields
}

// Fields lists encoding and data.
func (c *Certificate) Fields() []Field {
	return []Field{{"Cert Encoding", fmt.Sprint(c.Encoding)}, {"Certificate Data", octets(c.Data)}}
}

// Fields lists type and authority.
func (c *CertificateRequest) Fields() []Field {
	return []Field{{"Cert. Type", fmt.Sprint(c.Type)}, {"Certificate Authority", octets(c.Authority)}}
}

// Fields lists type and address.
func (n *NATOriginalAddress) Fields() []Field {
	return []Field{{"ID Type", n.IDType.String()}, {"Address", (&Identification{Type: n.IDType, Data: n.Address}).String()}}
}

// Fields lists identifier, number and size.
func (f *Fragment) Fields() []Field {
	return []Field{{"Fragment ID", fmt.Sprint(f.ID)}, {"Fragment Number", fmt.Sprint(f.Number)},
		{"Last", fmt.Sprint(f.Last)}, {"Data", octets(f.Data)}}
}

// Fields names the extension where it is known.
func (v *VendorID) Fields() []Field {
	if name := VendorName(v.Data); name != "" {
		return []Field{{"Vendor ID", octets(v.Data)}, {"Name", name}}
	}
	return []Field{{"Vendor ID", octets(v.Data)}}
}

// Fields gives the octets.
func (k *KeyExchange) Fields() []Field { return []Field{{"Key Exchange Data", octets(k.Data)}} }

// Fields gives the octets.
func (h *Hash) Fields() []Field { return []Field{{"Hash Data", octets(h.Data)}} }

// Fields gives the octets.
func (s *Signature) Fields() []Field { return []Field{{"Signature Data", octets(s.Data)}} }

// Fields gives the octets.
func (n *Nonce) Fields() []Field { return []Field{{"Nonce Data", octets(n.Data)}} }

// Fields gives the octets.
func (n *NATDetection) Fields() []Field { return []Field{{"HASH", octets(n.Data)}} }

// Fields gives the octets.
func (u *Unknown) Fields() []Field { return []Field{{"Data", octets(u.Data)}} }
