package pfserver

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"

	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// A reserver can keep an SPI for an SA to come: sadb/store.
type reserver interface {
	Reserve(larval sadb.SA, low, high uint32, draw func() uint32) (uint32, error)
}

// getSPI: RFC 2367 section 3.1.1.
func (s *Server) getSPI(p *Port, m *pfkey.Message) (answer, error) {
	larval, low, high, err := pfsa.Range(m)
	if err != nil {
		return answer{}, err
	}
	db, ok := s.db.(reserver)
	if !ok {
		return answer{}, &sadb.UnsupportedError{Driver: s.db.Name(), What: "a larval SA"}
	}
	spi, err := db.Reserve(larval, low, high, s.cfg.Random)
	if err != nil {
		return answer{}, err
	}
	larval.SPI = spi
	s.owners[larval.ID()] = p
	return answer{m.SAType, pfsa.ByName(larval.ID(), larval.Src), everyone, false}, nil
}

// add: RFC 2367 section 3.1.3.
func (s *Server) add(_ *Port, m *pfkey.Message) (answer, error) {
	r, err := pfsa.Read(m)
	if err != nil {
		return answer{}, err
	}
	if s.isLarval(r.SA.ID()) {
		return answer{}, sadb.ErrExists // it is for an UPDATE to complete it
	}
	if err := s.db.Apply(sadb.Add{SA: r.SA}); err != nil {
		return answer{}, unsupported(&r.SA, err)
	}
	delete(s.owners, r.SA.ID())
	s.keep(r.SA.ID(), r.Beyond)
	return answer{m.SAType, pfsa.Public(m), everyone, false}, nil
}

func (s *Server) isLarval(id sadb.ID) bool {
	if _, ok := s.db.(reserver); !ok {
		return false
	}
	sa, err := s.db.Get(id)
	return err == nil && sa.State == sadb.Larval
}

// update: RFC 2367 section 3.1.2.
func (s *Server) update(p *Port, m *pfkey.Message) (answer, error) {
	held, err := s.named(m)
	if err != nil {
		return answer{}, err
	}
	if o := s.owners[held.SA.ID()]; o != nil && o != owner(p) && o.present() {
		return answer{}, unix.EACCES
	}
	var r pfsa.Record
	if held.SA.State == sadb.Larval {
		if r, err = pfsa.Read(m); err == nil && r.SA.Src != held.SA.Src && !held.SA.Src.IsUnspecified() {
			err = pfsa.Invalid(pfkey.BadSrc)
		}
	} else {
		r, err = pfsa.Merged(m, held)
	}
	if err != nil {
		return answer{}, err
	}
	r.SA.Manual = r.SA.SPI < sadb.MinSPI // whether the database remembers it or not
	if err := s.db.Apply(sadb.Update{SA: r.SA}); err != nil {
		return answer{}, unsupported(&r.SA, err)
	}
	s.keep(r.SA.ID(), r.Beyond)
	return answer{m.SAType, pfsa.Public(m), everyone, false}, nil
}

// delete: RFC 2367 section 3.1.4.
func (s *Server) delete(_ *Port, m *pfkey.Message) (answer, error) {
	held, err := s.named(m)
	if err != nil {
		return answer{}, err
	}
	id := held.SA.ID()
	if err := s.db.Apply(sadb.Delete{ID: id}); err != nil {
		return answer{}, err
	}
	s.lose(id)
	return answer{m.SAType, pfsa.ByName(id, held.SA.Src), everyone, false}, nil
}

// get: RFC 2367 section 3.1.5. The answer has the keys and is for the sender alone.
func (s *Server) get(_ *Port, m *pfkey.Message) (answer, error) {
	held, err := s.named(m)
	if err != nil {
		return answer{}, err
	}
	return answer{m.SAType, held.Extensions(pfsa.All), nobody, false}, nil
}

// named finds the SA that a message names. An unspecified source means any, and one that the SA has fits any.
func (s *Server) named(m *pfkey.Message) (pfsa.Record, error) {
	id, src, err := pfsa.Name(m)
	if err != nil {
		return pfsa.Record{}, err
	}
	sa, err := s.db.Get(id)
	if err != nil {
		return pfsa.Record{}, err
	}
	if !src.IsUnspecified() && !sa.Src.IsUnspecified() && src != sa.Src {
		return pfsa.Record{}, fmt.Errorf("%v from %v: %w", id, src, sadb.ErrNotFound)
	}
	return pfsa.Record{SA: sa, Beyond: s.beyond[id]}, nil
}

// keep remembers what the database has no place for.
func (s *Server) keep(id sadb.ID, b *pfsa.Beyond) {
	if b == nil {
		delete(s.beyond, id)
		return
	}
	s.beyond[id] = b
}

// flush: RFC 2367 section 3.1.9.
func (s *Server) flush(_ *Port, m *pfkey.Message) (answer, error) {
	proto, err := several(m)
	if err != nil {
		return answer{}, err
	}
	if err := s.db.Apply(sadb.Flush{Proto: proto}); err != nil {
		return answer{}, err
	}
	s.flushed(proto)
	return answer{m.SAType, nil, everyone, false}, nil
}

func (s *Server) flushed(proto sadb.Protocol) {
	if proto == 0 {
		clear(s.beyond)
		clear(s.owners)
		return
	}
	maps.DeleteFunc(s.beyond, func(id sadb.ID, _ *pfsa.Beyond) bool { return id.Proto == proto })
	maps.DeleteFunc(s.owners, func(id sadb.ID, _ owner) bool { return id.Proto == proto })
}

// several gives the protocol of a message about all SAs of it; 0: of every one.
func several(m *pfkey.Message) (sadb.Protocol, error) {
	proto, err := pfsa.ProtocolOf(m.SAType)
	if err != nil {
		return 0, err
	}
	return proto, pfsa.Bare(m)
}

// unsupported names the algorithm that a database lacks by its diagnostic.
func unsupported(sa *sadb.SA, err error) error {
	_, ok := errors.AsType[*sadb.UnsupportedError](err)
	switch {
	case errors.Is(err, unix.EPROTONOSUPPORT): // the kernel lacks ESP or AH, whatever the algorithms
		return unix.EPROTONOSUPPORT
	case ok:
		return pfsa.Lacking(sa)
	}
	return err
}

// sample is an SA that every database takes, to ask about algorithms with.
func sample() sadb.SA {
	any4 := netip.MustParseAddr("192.0.2.1")
	return sadb.SA{
		SPI: sadb.MinSPI, Proto: sadb.ESP, Mode: sadb.Transport, Src: any4, Dst: any4,
		Cipher: alg.CipherByName("aes"), Integrity: alg.IntegrityByName("hmac-sha1-96"),
	}
}
