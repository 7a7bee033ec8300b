package suite

import (
	"fmt"
	"regexp"
	"strings"
)

// A tagExpr is a parsed tag expression.
type tagExpr func(*Case) bool

// parseTagExpr reads Cucumber's tag expressions: @a and not (@b or @c). A comma or || is or,
// && is and, ~ and ! are not.
func parseTagExpr(text string) (tagExpr, error) {
	p := &exprParser{text: text, words: exprWord.FindAllString(text, -1)}
	e := p.or()
	if p.err == nil && p.at < len(p.words) {
		p.fail("unexpected %q", p.words[p.at])
	}
	if p.err != nil {
		return nil, fmt.Errorf("tag expression %q: %w", text, p.err)
	}
	return e, nil
}

var exprWord = regexp.MustCompile(`&&|\|\||[(),~!]|[^\s(),~!&|]+|[&|]`)

type exprParser struct {
	text  string
	words []string
	at    int
	err   error
}

func (p *exprParser) or() tagExpr {
	left := p.and()
	for p.take("or", "||", ",") {
		l, r := left, p.and()
		left = func(c *Case) bool { return l(c) || r(c) }
	}
	return left
}

func (p *exprParser) and() tagExpr {
	left := p.not()
	for p.take("and", "&&") {
		l, r := left, p.not()
		left = func(c *Case) bool { return l(c) && r(c) }
	}
	return left
}

func (p *exprParser) not() tagExpr {
	if p.take("not", "~", "!") {
		e := p.not()
		return func(c *Case) bool { return !e(c) }
	}
	if p.take("(") {
		e := p.or()
		if !p.take(")") {
			p.fail("a parenthesis is not closed")
		}
		return e
	}
	return p.tag()
}

func (p *exprParser) tag() tagExpr {
	never := func(*Case) bool { return false }
	if p.at >= len(p.words) {
		p.fail("it ends where a tag is expected")
		return never
	}
	word := p.words[p.at]
	p.at++
	tag, ok := strings.CutPrefix(word, "@")
	if !ok || tag == "" {
		p.fail("%q is not a tag: tags begin with @", word)
		return never
	}
	if err := CheckTag(tag); err != nil {
		p.fail("%v", err)
	}
	return func(c *Case) bool { return c.HasTag(tag) }
}

func (p *exprParser) take(words ...string) bool {
	if p.at >= len(p.words) {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(p.words[p.at], w) {
			p.at++
			return true
		}
	}
	return false
}

func (p *exprParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}
