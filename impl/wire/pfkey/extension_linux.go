package pfkey

// The extensions of Linux: include/uapi/linux/pfkeyv2.h.

// SA2 tells the mode and the request of an SA.
type SA2 struct {
	Mode      uint8 // 0 any, 1 transport, 2 tunnel
	Reserved1 uint8
	Reserved2 uint16
	Sequence  uint32
	ReqID     uint32
}

// Kind is ExtSA2.
func (e *SA2) Kind() ExtensionType { return ExtSA2 }

func (e *SA2) parse(r *reader) {
	e.Mode = r.uint8("mode")
	e.Reserved1 = r.uint8("reserved1")
	e.Reserved2 = r.uint16("reserved2")
	e.Sequence = r.uint32("sequence")
	e.ReqID = r.uint32("reqid")
}

func (e *SA2) append(b []byte) []byte {
	b = append(b, e.Mode, e.Reserved1)
	b = host.AppendUint16(b, e.Reserved2)
	b = host.AppendUint32(b, e.Sequence)
	return host.AppendUint32(b, e.ReqID)
}

// NATTType is the kind of UDP encapsulation: 2 is that of RFC 3948.
type NATTType struct {
	Type     uint8
	Reserved [3]byte
}

// Kind is ExtNATTType.
func (e *NATTType) Kind() ExtensionType { return ExtNATTType }

func (e *NATTType) parse(r *reader) {
	e.Type = r.uint8("type")
	copy(e.Reserved[:], r.take("reserved", 3))
}

func (e *NATTType) append(b []byte) []byte { return append(append(b, e.Type), e.Reserved[:]...) }

// NATTPort is a port of UDP encapsulation, as two octets in network order.
type NATTPort struct {
	Which    ExtensionType // ExtNATTSport or ExtNATTDport
	Port     uint16
	Reserved uint16
}

// Kind is Which.
func (e *NATTPort) Kind() ExtensionType { return e.Which }

func (e *NATTPort) parse(r *reader) {
	octets := r.take("port", 2)
	e.Port = uint16(octets[0])<<8 | uint16(octets[1])
	e.Reserved = r.uint16("reserved")
}

func (e *NATTPort) append(b []byte) []byte {
	b = append(b, byte(e.Port>>8), byte(e.Port))
	return host.AppendUint16(b, e.Reserved)
}

// Policy is a policy of the SPD messages, with its requests behind it.
type Policy struct {
	Type     uint16 // 0 discard, 1 none, 2 IPsec
	Dir      uint8  // 1 in, 2 out, 3 forward
	Reserved uint8
	ID       uint32
	Priority uint32
	Requests []Request
}

// Request is struct sadb_x_ipsecrequest: one SA that a packet needs.
type Request struct {
	Length   uint16 // octets; computed when 0
	Proto    uint16
	Mode     uint8
	Level    uint8 // 0 default, 1 use, 2 require, 3 unique
	Reserved uint16
	ReqID    uint32
	Rest     uint32
	Ends     []byte // tunnel mode: two socket addresses
}

const sizeofRequest = 16

// Kind is ExtPolicy.
func (e *Policy) Kind() ExtensionType { return ExtPolicy }

func (e *Policy) parse(r *reader) {
	e.Type = r.uint16("type")
	e.Dir = r.uint8("dir")
	e.Reserved = r.uint8("reserved")
	e.ID = r.uint32("id")
	e.Priority = r.uint32("priority")
	for r.err == nil && len(r.rest) > 0 {
		q := Request{Length: r.uint16("request length"), Proto: r.uint16("request proto"), Mode: r.uint8("request mode"),
			Level: r.uint8("request level"), Reserved: r.uint16("request reserved"), ReqID: r.uint32("request reqid"), Rest: r.uint32("request reserved")}
		if r.err == nil && q.Length < sizeofRequest {
			r.fail("a request of %d octets, at least %d are needed", q.Length, sizeofRequest)
		}
		if r.err == nil {
			q.Ends = r.octets("request addresses", int(q.Length)-sizeofRequest)
		}
		e.Requests = append(e.Requests, q)
	}
}

func (e *Policy) append(b []byte) []byte {
	b = host.AppendUint16(b, e.Type)
	b = append(b, e.Dir, e.Reserved)
	b = host.AppendUint32(b, e.ID)
	b = host.AppendUint32(b, e.Priority)
	for _, q := range e.Requests {
		length := q.Length
		if length == 0 {
			length = uint16(sizeofRequest + len(q.Ends))
		}
		b = host.AppendUint16(b, length)
		b = host.AppendUint16(b, q.Proto)
		b = append(b, q.Mode, q.Level)
		b = host.AppendUint16(b, q.Reserved)
		b = host.AppendUint32(b, q.ReqID)
		b = host.AppendUint32(b, q.Rest)
		b = append(b, q.Ends...)
	}
	return b
}
