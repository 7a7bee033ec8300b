package pfkey

import (
	"errors"
	"fmt"
)

// A Message is one PF_KEYv2 message. RFC 2367 section 2.1:
//
//	+---------------+---------------+---------------+---------------+
//	|  ...version   | sadb_msg_type | sadb_msg_errno| ...msg_satype |
//	+---------------+---------------+---------------+---------------+
//	|          sadb_msg_len         |       sadb_msg_reserved       |
//	+---------------+---------------+---------------+---------------+
//	|                         sadb_msg_seq                          |
//	+---------------+---------------+---------------+---------------+
//	|                         sadb_msg_pid                          |
//	+---------------+---------------+---------------+---------------+
type Message struct {
	Version    uint8 // V2
	Type       Type
	Errno      uint8
	SAType     SAType
	Diagnostic uint16 // the reserved field: Solaris says there what was wrong
	Seq        uint32
	PID        uint32
	Extensions []Extension
}

// V2 is the version of PF_KEYv2, HeaderSize the octets of a base header.
const (
	V2         = 2
	HeaderSize = 16
)

// What is wrong with a message as a whole. A key engine answers ErrLength with EMSGSIZE and the others with EINVAL
// (RFC 2367 sections 2.1 and 2.3).
var (
	ErrLength    = errors.New("the length field does not fit the octets")
	ErrVersion   = errors.New("not PF_KEY version 2")
	ErrDuplicate = errors.New("an extension stands twice")
	ErrExtension = errors.New("an extension is malformed")
)

// A ParseError says where a message is wrong. It wraps one of the errors above.
type ParseError struct {
	Extension ExtensionType // 0: the base header
	Offset    int           // of the extension in the message
	Err       error
	Why       string
}

func (e *ParseError) Error() string {
	text := "PF_KEY message: "
	if e.Extension != 0 {
		text = fmt.Sprintf("PF_KEY message, %s at octet %d: ", e.Extension, e.Offset)
	}
	if e.Why == "" {
		return text + e.Err.Error()
	}
	return text + e.Err.Error() + ": " + e.Why
}

func (e *ParseError) Unwrap() error { return e.Err }

// Length gives the octets that a message says it has, from its first HeaderSize octets: for reading from a stream.
func Length(header []byte) (int, error) {
	if len(header) < HeaderSize {
		return 0, &ParseError{Err: ErrLength, Why: fmt.Sprintf("%d octets, a base header has %d", len(header), HeaderSize)}
	}
	return int(host.Uint16(header[4:])) * 8, nil
}

// Parse reads a whole message. With an error comes the base header, if there was one, so that it can be
// answered. The result shares nothing with b.
func Parse(b []byte) (*Message, error) {
	n, err := Length(b)
	if err != nil {
		return nil, err
	}
	m := &Message{
		Version: b[0], Type: Type(b[1]), Errno: b[2], SAType: SAType(b[3]),
		Diagnostic: host.Uint16(b[6:]), Seq: host.Uint32(b[8:]), PID: host.Uint32(b[12:]),
	}
	if n != len(b) {
		return m, &ParseError{Err: ErrLength, Why: fmt.Sprintf("says %d, has %d", n, len(b))}
	}
	if m.Version != V2 {
		return m, &ParseError{Err: ErrVersion, Why: fmt.Sprintf("version %d", m.Version)}
	}
	seen := map[ExtensionType]bool{}
	for offset := HeaderSize; offset < len(b); {
		e, length, err := parseExtension(b[offset:])
		if err == nil && seen[e.Kind()] {
			err = &ParseError{Extension: e.Kind(), Err: ErrDuplicate}
		}
		if err != nil {
			var at *ParseError
			if errors.As(err, &at) {
				at.Offset = offset
			}
			return m, err
		}
		seen[e.Kind()] = true
		m.Extensions = append(m.Extensions, e)
		offset += length
	}
	return m, nil
}

// Append encodes the message: the length is computed, all else is written as it stands.
func (m *Message) Append(b []byte) []byte {
	start := len(b)
	b = append(b, m.Version, byte(m.Type), m.Errno, byte(m.SAType), 0, 0)
	b = host.AppendUint16(b, m.Diagnostic)
	b = host.AppendUint32(b, m.Seq)
	b = host.AppendUint32(b, m.PID)
	for _, e := range m.Extensions {
		b = appendExtension(b, e)
	}
	host.PutUint16(b[start+4:], uint16((len(b)-start)/8))
	return b
}

// Find gives the extension of that kind, nil if there is none.
func (m *Message) Find(kind ExtensionType) Extension {
	for _, e := range m.Extensions {
		if e.Kind() == kind {
			return e
		}
	}
	return nil
}

// String names the message and its extensions, never what is in them.
func (m *Message) String() string {
	text := fmt.Sprintf("%s %s seq %d pid %d", m.Type, m.SAType, m.Seq, m.PID)
	if m.Errno != 0 {
		text += fmt.Sprintf(" errno %d", m.Errno)
	}
	for _, e := range m.Extensions {
		text += " " + e.Kind().String()
	}
	return text
}
