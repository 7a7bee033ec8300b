package pfserver

import (
	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// The policy messages of Linux. RFC 2367 leaves policy out.

// addPolicy refuses one that is there.
func (s *Server) addPolicy(_ *Port, m *pfkey.Message) (answer, error) {
	p, err := pfsa.ReadPolicy(m)
	if err != nil {
		return answer{}, err
	}
	list, err := s.db.Policies()
	if err != nil {
		return answer{}, err
	}
	for i := range list {
		if list[i].ID() == p.ID() {
			return answer{}, sadb.ErrExists
		}
	}
	return s.putPolicy(m, p)
}

// updatePolicy replaces one that is there.
func (s *Server) updatePolicy(_ *Port, m *pfkey.Message) (answer, error) {
	p, err := pfsa.ReadPolicy(m)
	if err != nil {
		return answer{}, err
	}
	return s.putPolicy(m, p)
}

func (s *Server) putPolicy(m *pfkey.Message, p sadb.Policy) (answer, error) {
	if err := s.db.Apply(sadb.AddPolicy{Policy: p}); err != nil {
		return answer{}, err
	}
	return answer{m.SAType, pfsa.Public(m), everyone, false}, nil
}

func (s *Server) deletePolicy(_ *Port, m *pfkey.Message) (answer, error) {
	id, err := pfsa.ReadPolicyName(m)
	if err != nil {
		return answer{}, err
	}
	if err := s.db.Apply(sadb.DeletePolicy{ID: id}); err != nil {
		return answer{}, err
	}
	return answer{m.SAType, pfsa.Public(m), everyone, false}, nil
}

// flushPolicies takes every policy out and leaves the SAs.
func (s *Server) flushPolicies(_ *Port, m *pfkey.Message) (answer, error) {
	list, err := s.db.Policies()
	if err != nil {
		return answer{}, err
	}
	for i := range list {
		if err := s.db.Apply(sadb.DeletePolicy{ID: list[i].ID()}); err != nil {
			return answer{}, err
		}
	}
	return answer{m.SAType, nil, everyone, false}, nil
}

func (s *Server) dumpPolicies(p *Port, m *pfkey.Message) (answer, error) {
	if p.dump != nil {
		return answer{}, unix.EBUSY
	}
	list, err := s.db.Policies()
	if err != nil {
		return answer{}, err
	}
	d := &dump{request: m}
	for i := range list {
		d.policies = append(d.policies, pfsa.Policies(&list[i])...)
	}
	p.setDump(d)
	return answer{silent: true}, nil
}
