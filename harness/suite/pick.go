package suite

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A Choice says which of the cases run and in which order.
type Choice struct {
	Select  []Selector // a case that any of them matches; none: all
	Exclude []Selector // but none that any of these matches
	IDs     []string   // and only these, if not nil (those that failed last time)
	Shard   Shard
	Order   Order
}

// A Shard is one of several equal parts of a run. The zero value is the whole.
type Shard struct{ Index, Of int } // 1 to Of

// An Order is how cases are sorted. The zero value: by file and line.
type Order struct {
	Random bool
	Seed   uint64
}

// Pick gives the cases that a choice asks for. unmatched are the selectors that matched nothing
// at all, and which are thus probably mistyped.
func Pick(cases []Case, ch Choice) (picked []Case, unmatched []Selector) {
	hits := make([]int, len(ch.Select))
	ids := map[string]bool{}
	for _, id := range ch.IDs {
		ids[id] = true
	}
	for i := range cases {
		c := &cases[i]
		wanted := len(ch.Select) == 0
		for n, s := range ch.Select {
			if s.Match(c) {
				hits[n]++
				wanted = true
			}
		}
		if wanted && !anyMatch(ch.Exclude, c) && (ch.IDs == nil || ids[c.ID]) {
			picked = append(picked, *c)
		}
	}
	for n, s := range ch.Select {
		if hits[n] == 0 {
			unmatched = append(unmatched, s)
		}
	}
	return ch.Order.sort(ch.Shard.part(picked)), unmatched
}

func anyMatch(list []Selector, c *Case) bool {
	for _, s := range list {
		if s.Match(c) {
			return true
		}
	}
	return false
}

// part deals the cases out like cards, so that each shard gets its share of every file.
func (s Shard) part(cases []Case) []Case {
	if s.Of <= 1 {
		return cases
	}
	var list []Case
	for i := s.Index - 1; i < len(cases); i += s.Of {
		list = append(list, cases[i])
	}
	return list
}

func (o Order) sort(cases []Case) []Case {
	if o.Random {
		rng := rand.New(rand.NewPCG(o.Seed, 0))
		rng.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	}
	return cases
}

// ParseShard reads "2/5": the second of five parts.
func ParseShard(text string) (Shard, error) {
	a, b, ok := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(a)
	of, err2 := strconv.Atoi(b)
	if !ok || err1 != nil || err2 != nil || i < 1 || of < 1 || i > of {
		return Shard{}, fmt.Errorf("shard %q: write i/n with 1 <= i <= n, like 1/4", text)
	}
	return Shard{i, of}, nil
}

// ParseOrder reads "defined", "random" (with the seed given) or "random:seed".
func ParseOrder(text string, seed uint64) (Order, error) {
	kind, number, has := strings.Cut(text, ":")
	switch {
	case text == "defined":
		return Order{}, nil
	case kind == "random" && !has:
		return Order{true, seed}, nil
	case kind == "random":
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return Order{}, fmt.Errorf("order %q: %q is not a seed (a number)", text, number)
		}
		return Order{true, n}, nil
	}
	return Order{}, fmt.Errorf("order %q: write defined, random or random:SEED", text)
}
