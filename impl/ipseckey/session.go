package ipseckey

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const prompt = "ipseckey> "

// together is how soon an indented line must follow an add or update to belong to it: pasted text and pipes are that
// quick, persons are not.
const together = 100 * time.Millisecond

// Session executes what a person, or a program in the place of one, types. It gives the exit status, which is 0
// also after errors.
func (p *Program) Session() int {
	p.session = true
	lines, done := p.sessionLines()
	defer done()
	c := &commands{lines: lines, joins: func(word string) bool { return word == "add" || word == "update" }}
	for {
		line, err := c.next()
		if errors.Is(err, io.EOF) {
			fmt.Fprintln(p.out)
			p.out.Flush()
			return StatusOK
		}
		var words []string
		if err == nil {
			words, err = split(line)
		}
		if err == nil {
			err = p.execute(words, fromSession)
		}
		if errors.Is(err, errLeave) {
			return StatusOK
		}
		if f, ok := errors.AsType[fatal](err); ok {
			return p.status(f)
		}
		if i, ok := errors.AsType[interrupted](err); ok {
			return p.status(i)
		}
		p.report(err)
		if parse, ok := errors.AsType[*ParseError](err); ok && parse.Usage {
			Usage(p.Err)
		}
	}
}

// sessionLines are those of a terminal with editing and history, or plain ones.
func (p *Program) sessionLines() (lines Lines, done func()) {
	out, ok := p.Out.(*os.File)
	if ok && isTerminal(p.In) && isTerminal(out) {
		t := newTerminalLines(p.In, out)
		return t, t.close
	}
	return &plainLines{p: p, file: p.In, r: bufio.NewReaderSize(p.In, longestLine+2)}, func() {}
}

// plainLines are those of a pipe or a file.
type plainLines struct {
	p    *Program
	file *os.File
	r    *bufio.Reader
}

// Begin prompts.
func (l *plainLines) Begin() {
	l.p.out.WriteString(prompt)
	l.p.out.Flush()
}

// Next is as in a file.
func (l *plainLines) Next() (string, error) { return (&fileLines{l.r}).Next() }

// Indented looks at the octet that comes next, if one comes soon.
func (l *plainLines) Indented() bool {
	if l.r.Buffered() == 0 && !readable(l.file, together) {
		return false
	}
	first, err := l.r.Peek(1)
	return err == nil && strings.IndexByte(blanks, first[0]) >= 0
}

// readable waits until a file has something to be read, which may be its end.
func readable(f *os.File, d time.Duration) bool {
	for deadline := time.Now().Add(d); ; {
		left := max(time.Until(deadline), 0)
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(left.Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		return err == nil && n > 0
	}
}
