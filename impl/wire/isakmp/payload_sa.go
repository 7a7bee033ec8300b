package isakmp

import (
	"encoding/binary"

	"ikewit/impl/wire/bin"
)

// An SA offers ways to protect traffic, or answers with the one chosen.
//
//	+---------------------------------------------------------------+
//	|                 Domain of Interpretation (DOI)                |
//	+---------------------------------------------------------------+
//	|                      Situation (bitmap)                       |
//	+---------------------------------------------------------------+
//	~        Labels, if the situation has secrecy or integrity      ~
//	+---------------------------------------------------------------+
//	~                           Proposals                           ~
//	+---------------------------------------------------------------+
//
// What a situation is belongs to its DOI: only that of IPsec is known to have labels, and an SA of a
// foreign DOI is read as if it had none. Where that fails, the error says DOI-NOT-SUPPORTED.
//
// RFC 2408 section 3.4, RFC 2407 section 4.6.1.
type SA struct {
	DOI       DOI
	Situation Situation
	Labels    []byte     // labeled domain identifier, levels and categories, whole; nil without
	Proposals []Proposal // when parsed, one at least
}

// Type is TypeSA.
func (*SA) Type() PayloadType { return TypeSA }

func (s *SA) parse(r *bin.Reader) {
	s.DOI = DOI(r.Uint32("DOI"))
	s.Situation = Situation(r.Uint32("Situation"))
	if s.DOI == DOIIPsec && s.Situation&(SituationSecrecy|SituationIntegrity) != 0 {
		s.Labels = parseLabels(r, s.Situation)
	}
	blame := BadProposalSyntax
	if s.DOI != DOIISAKMP && s.DOI != DOIIPsec {
		blame = DOINotSupported
	}
	s.Proposals = parseProposals(r, blame)
}

func (s *SA) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(s.DOI))
	b = binary.BigEndian.AppendUint32(b, uint32(s.Situation))
	b = append(b, s.Labels...)
	return appendProposals(b, s.Proposals)
}

// parseLabels cuts out what a situation with secrecy or integrity brings along. Only its extent is
// read, because nobody has defined a labeled domain.
//
//	+---------------------------------------------------------------+
//	|                   Labeled Domain Identifier                   |
//	+-------------------------------+-------------------------------+
//	|  Secrecy Length (in octets)   |           RESERVED            |
//	+-------------------------------+-------------------------------+
//	~            Secrecy Level, padded to four octets               ~
//	+-------------------------------+-------------------------------+
//	| Secrecy Cat. Length (in bits) |           RESERVED            |
//	+-------------------------------+-------------------------------+
//	~        Secrecy Category Bitmap, padded to four octets         ~
//	+---------------------------------------------------------------+
//	~             the same four fields for integrity                ~
//	+---------------------------------------------------------------+
//
// RFC 2407 section 4.6.1.
func parseLabels(r *bin.Reader, s Situation) []byte {
	ahead := *r
	ahead.Uint32("Labeled Domain Identifier")
	if s&SituationSecrecy != 0 {
		skipLabel(&ahead, "Secrecy Level", "Secrecy Category Bitmap")
	}
	if s&SituationIntegrity != 0 {
		skipLabel(&ahead, "Integrity Level", "Integrity Category Bitmap")
	}
	if err := ahead.Err(); err != nil {
		r.Fail(refuse(TypeSA, SituationNotSupported, err))
	}
	return r.Octets("Labels", ahead.Offset()-r.Offset())
}

// skipLabel reads past a level and its categories.
func skipLabel(r *bin.Reader, level, categories string) {
	octets := int(r.Uint16(level + " Length"))
	r.Uint16("RESERVED")
	r.Octets(level, padded(octets))
	bits := int(r.Uint16(categories + " Length"))
	r.Uint16("RESERVED")
	r.Octets(categories, padded((bits+7)/8))
}

// padded rounds a length up to the next multiple of four octets.
func padded(n int) int { return (n + 3) &^ 3 }
