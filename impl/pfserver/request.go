package pfserver

import (
	"errors"

	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// An answer is what becomes of a request that worked: a message that keeps the request's sequence number and
// process, for the sender and for whoever else wants it.
type answer struct {
	satype     pfkey.SAType
	extensions []pfkey.Extension
	wants      func(*Port) bool // beside the sender
	silent     bool             // nobody is told anything now
}

// handlers, by message type. Those that are missing are not supported (EOPNOTSUPP).
var handlers = map[pfkey.Type]func(*Server, *Port, *pfkey.Message) (answer, error){
	pfkey.GetSPI:    (*Server).getSPI,
	pfkey.Update:    (*Server).update,
	pfkey.Add:       (*Server).add,
	pfkey.Delete:    (*Server).delete,
	pfkey.Get:       (*Server).get,
	pfkey.Acquire:   (*Server).acquire,
	pfkey.Register:  (*Server).register,
	pfkey.Flush:     (*Server).flush,
	pfkey.Dump:      (*Server).startDump,
	pfkey.SPDAdd:    (*Server).addPolicy,
	pfkey.SPDUpdate: (*Server).updatePolicy,
	pfkey.SPDDelete: (*Server).deletePolicy,
	pfkey.SPDDump:   (*Server).dumpPolicies,
	pfkey.SPDFlush:  (*Server).flushPolicies,
}

// lastType is the highest message type that PF_KEY knows here.
const lastType = pfkey.Migrate

// request does what a client asks for.
func (s *Server) request(p *Port, octets []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.overhear(p, octets)
	if n, err := pfkey.Length(octets); err == nil && n == len(octets) && pfkey.Type(octets[1]) == pfkey.Promisc {
		s.promisc(p, octets)
		return
	}
	m, err := pfkey.Parse(octets)
	if err != nil {
		s.refuse(p, m, unreadable(err))
		return
	}
	handle, ok := handlers[m.Type]
	switch {
	case m.Type == pfkey.Reserved || m.Type > lastType:
		err = pfsa.Invalid(pfkey.UnknownMessage)
	case !ok:
		err = unix.EOPNOTSUPP
	default:
		var a answer
		if a, err = handle(s, p, m); err == nil {
			s.reply(p, m, a)
			return
		}
	}
	s.refuse(p, m, err)
}

// reply answers a request that worked.
func (s *Server) reply(p *Port, m *pfkey.Message, a answer) {
	if a.silent {
		return
	}
	r := &pfkey.Message{Version: pfkey.V2, Type: m.Type, SAType: a.satype, Seq: m.Seq, PID: m.PID, Extensions: a.extensions}
	s.answer(p, r, a.wants)
}

// refuse answers with a base header that says why (RFC 2367 section 3.1). m is nil when there was not even a header.
func (s *Server) refuse(p *Port, m *pfkey.Message, err error) {
	if m == nil {
		m = &pfkey.Message{}
	}
	r := &pfkey.Message{Version: pfkey.V2, Type: m.Type, SAType: m.SAType, Seq: m.Seq, PID: m.PID}
	r.Errno, r.Diagnostic = number(err)
	s.answer(p, r, nobody)
}

// answer sends a message to the sender of a request, and to those who want it too.
func (s *Server) answer(p *Port, m *pfkey.Message, wants func(*Port) bool) {
	octets := m.Append(nil)
	p.put(octets, true)
	s.tell(octets, wants, p)
}

// unreadable says how to refuse what Parse did not take.
func unreadable(err error) error {
	if refusal, ok := pfsa.Malformed(err); ok {
		return refusal
	}
	return unix.EMSGSIZE
}

// number gives the errno and the diagnostic of an error.
func number(err error) (errno uint8, diagnostic uint16) {
	if i, ok := errors.AsType[pfsa.Invalid](err); ok {
		return uint8(unix.EINVAL), uint16(i)
	}
	if _, ok := errors.AsType[*sadb.InvalidError](err); ok {
		return uint8(unix.EINVAL), 0
	}
	switch {
	case errors.Is(err, sadb.ErrExists):
		return uint8(unix.EEXIST), 0
	case errors.Is(err, sadb.ErrNotFound):
		return uint8(unix.ESRCH), 0
	}
	if _, ok := errors.AsType[*sadb.UnsupportedError](err); ok {
		return uint8(unix.EOPNOTSUPP), 0
	}
	if e, ok := errors.AsType[unix.Errno](err); ok {
		return uint8(e), 0
	}
	return uint8(unix.EIO), 0
}
