package ike

// Coverage counts what an engine's checks did. The zero value counts; it serves one engine, or several
// that run one after the other.
type Coverage struct {
	counts map[Check]*Count
}

// A Count is how often a check was made, and how often the message failed it.
type Count struct{ Made, Failed int }

// Of gives the count of one check.
func (c *Coverage) Of(check Check) Count {
	if n := c.counts[check]; n != nil {
		return *n
	}
	return Count{}
}

// Made counts a check that was made.
func (c *Coverage) Made(check Check, failed bool) {
	if c.counts == nil {
		c.counts = make(map[Check]*Count)
	}
	n := c.counts[check]
	if n == nil {
		n = new(Count)
		c.counts[check] = n
	}
	n.Made++
	if failed {
		n.Failed++
	}
}

// Broken says whether a message fails a check that was made: the seam may say that its failure is not
// noticed. It is the one place where Skip is asked, and where checks are counted.
func (c *Core) Broken(check Check, failed bool) bool {
	if c.Coverage != nil {
		c.Coverage.Made(check, failed)
	}
	return failed && (c.Skip == nil || !c.Skip(check))
}
