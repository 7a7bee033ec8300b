package pfserver

import "ikewit/impl/sadb"

// An owner is who made an SA, by GETSPI or by negotiation in this process: nobody else may update it while its owner is
// there (RFC 2367 section 3.1.2 leaves it to us). When that is gone anybody may, since a key manager may have been started
// again; and so with SAs that were added complete, as by hand.
type owner interface {
	present() bool
}

func (p *Port) present() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (v *View) present() bool {
	select {
	case <-v.queue.Done():
		return false
	default:
		return true
	}
}

// lose forgets what the server knows of an SA that is gone.
func (s *Server) lose(id sadb.ID) {
	delete(s.beyond, id)
	delete(s.owners, id)
}
