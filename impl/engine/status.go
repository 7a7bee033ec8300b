package engine

import (
	"iter"

	"ikewit/impl/ike"
)

// ISAKMPs gives the ISAKMP SAs, complete or not, oldest first.
func (e *Engine) ISAKMPs() iter.Seq[ike.Status] { return e.v1.Statuses }

// Pairs gives the IPsec SAs that stand, in pairs, oldest first, with their keys. What it gives belongs to
// the engine and is good until the next Step.
func (e *Engine) Pairs() iter.Seq[*ike.Pair] { return e.pairs.All }
