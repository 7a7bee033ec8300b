package ipseckey

import (
	"bytes"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// terminalLines are those that a person types and edits; arrows bring earlier ones back. The terminal is in raw mode only while
// a line is being read.
type terminalLines struct {
	in       *lineReader
	terminal *term.Terminal
}

func newTerminalLines(in, out *os.File) *terminalLines {
	r := &lineReader{file: in}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{r, out}, "")
	if width, height, err := term.GetSize(int(out.Fd())); err == nil && width > 0 && height > 0 { // a serial line knows no size
		t.SetSize(width, height)
	}
	return &terminalLines{in: r, terminal: t}
}

func (l *terminalLines) close() {}

// Begin sets the prompt for the next line.
func (l *terminalLines) Begin() { l.terminal.SetPrompt(prompt) }

// Next lets the person edit a line. Control-C and Control-D end the session.
func (l *terminalLines) Next() (string, error) {
	fd := int(l.in.file.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer term.Restore(fd, before)
	line, err := l.terminal.ReadLine()
	l.terminal.SetPrompt("")
	return line, err
}

// Indented looks at the octet that comes next, if one comes soon.
func (l *terminalLines) Indented() bool {
	first, ok := l.in.peek()
	return ok && strings.IndexByte(blanks, first) >= 0
}

// A lineReader gives no more than a line at a time, so that what follows can be looked at.
type lineReader struct {
	file   *os.File
	buffer []byte
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.buffer) == 0 {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := len(r.buffer)
	if end := bytes.IndexAny(r.buffer, "\r\n"); end >= 0 {
		n = end + 1
	}
	n = copy(p, r.buffer[:n])
	r.buffer = r.buffer[n:]
	return n, nil
}

func (r *lineReader) fill() error {
	octets := make([]byte, longestLine)
	n, err := r.file.Read(octets)
	r.buffer = bytes.ReplaceAll(octets[:n], []byte("\t"), []byte(" ")) // tabs are not for editing
	return err
}

// peek gives the next octet if there is one soon.
func (r *lineReader) peek() (byte, bool) {
	if len(r.buffer) == 0 && (!readable(r.file, together) || r.fill() != nil || len(r.buffer) == 0) {
		return 0, false
	}
	return r.buffer[0], true
}
