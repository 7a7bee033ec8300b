package pfkey

import "fmt"

// An Extension is one extension of a message. RFC 2367 section 2.3:
//
//	+---------------+---------------+---------------+---------------+
//	|          sadb_ext_len         |         sadb_ext_type         |
//	+---------------+---------------+---------------+---------------+
//	~                          the body                             ~
//	+---------------+---------------+---------------+---------------+
type Extension interface {
	Kind() ExtensionType
	parse(r *reader)
	append(b []byte) []byte
}

const extensionHeader = 4

// parseExtension reads the first extension of b and its length in octets.
func parseExtension(b []byte) (Extension, int, error) {
	if len(b) < 8 {
		return nil, 0, &ParseError{Err: ErrExtension, Why: fmt.Sprintf("%d octets left, an extension has 8 at least", len(b))}
	}
	length, kind := int(host.Uint16(b))*8, ExtensionType(host.Uint16(b[2:]))
	if length == 0 || length > len(b) {
		return nil, 0, &ParseError{Extension: kind, Err: ErrExtension, Why: fmt.Sprintf("its length says %d octets, %d are left", length, len(b))}
	}
	e := newExtension(kind)
	r := reader{rest: b[extensionHeader:length]}
	e.parse(&r)
	if r.err == nil && len(r.rest) > 0 {
		r.fail("%d octets too many", len(r.rest))
	}
	if r.err != nil {
		return nil, 0, &ParseError{Extension: kind, Err: ErrExtension, Why: r.err.Error()}
	}
	return e, length, nil
}

// newExtension makes an empty extension of a kind; one that we do not know is kept whole.
func newExtension(kind ExtensionType) Extension {
	switch kind {
	case ExtSA:
		return &SA{}
	case ExtLifetimeCurrent, ExtLifetimeHard, ExtLifetimeSoft:
		return &Lifetime{Which: kind}
	case ExtAddressSrc, ExtAddressDst, ExtAddressProxy, ExtNATTOA:
		return &Address{Which: kind}
	case ExtKeyAuth, ExtKeyEncrypt:
		return &Key{Which: kind}
	case ExtIdentitySrc, ExtIdentityDst:
		return &Identity{Which: kind}
	case ExtSensitivity:
		return &Sensitivity{}
	case ExtProposal:
		return &Proposal{}
	case ExtSupportedAuth, ExtSupportedEncrypt:
		return &Supported{Which: kind}
	case ExtSPIRange:
		return &SPIRange{}
	case ExtPolicy:
		return &Policy{}
	case ExtSA2:
		return &SA2{}
	case ExtNATTType:
		return &NATTType{}
	case ExtNATTSport, ExtNATTDport:
		return &NATTPort{Which: kind}
	}
	return &Raw{Which: kind}
}

func appendExtension(b []byte, e Extension) []byte {
	start := len(b)
	b = append(b, 0, 0)
	b = host.AppendUint16(b, uint16(e.Kind()))
	b = e.append(b)
	for (len(b)-start)%8 != 0 {
		b = append(b, 0)
	}
	host.PutUint16(b[start:], uint16((len(b)-start)/8))
	return b
}

// Raw is an extension whose kind this package does not take apart.
type Raw struct {
	Which ExtensionType
	Body  []byte // behind the extension header
}

// Kind is the type as it stands in the message.
func (e *Raw) Kind() ExtensionType { return e.Which }

func (e *Raw) parse(r *reader)        { e.Body = r.all() }
func (e *Raw) append(b []byte) []byte { return append(b, e.Body...) }
