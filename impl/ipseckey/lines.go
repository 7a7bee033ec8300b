package ipseckey

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// Limits of the language.
const (
	longestLine = 4096 // octets of a line, and of a command with its continuations
	mostWords   = 256
)

// Lines are what a reader of commands takes from: the lines of a file or of a person.
type Lines interface {
	// Next gives the next line without its end; io.EOF after the last.
	Next() (string, error)

	// Begin says that the next line begins a command: who is asked for it is prompted.
	Begin()

	// Indented reports whether a line that begins with white space can be read without waiting for it.
	Indented() bool
}

// A line that cannot be read as a command.
var (
	errOverrun = &ParseError{Text: "Command buffer overrun."}
	errTokens  = &ParseError{Text: "Too many input tokens."}
	errQuote   = &ParseError{Text: "Unmatched quotation mark."}
)

// commands reads the commands of a text.
//
// A backslash at the end of a line continues it and stands for a blank. A line that begins with white space continues the
// command before it, if nothing is between them and its first word is no command.
type commands struct {
	lines Lines
	line  int // physical lines read so far; while a line is held back it counts

	// joins says whether a command may go on in an indented line.
	joins func(command string) bool

	held    *string // a line that was read and belongs to the next command
	heldErr error   // or what was wrong with it
	atLine  int     // the last line of the command that next gave
}

// next gives the next command with its continuations; blank lines and comments are passed over. io.EOF: there is none. A
// *ParseError tells what is wrong with these lines; those after them can be read.
func (c *commands) next() (string, error) {
	for {
		c.lines.Begin()
		text, err := c.logical()
		if err != nil {
			return "", err
		}
		switch first := firstWord(text); {
		case first == "" || first[0] == '#':
			continue
		case !c.joins(first):
			return text, nil
		}
		return c.join(text)
	}
}

// join appends indented lines.
func (c *commands) join(text string) (string, error) {
	for {
		if !c.lines.Indented() {
			return text, nil
		}
		before := c.atLine
		more, err := c.logical()
		if err != nil { // which is no matter of this command
			c.heldErr, c.atLine = err, before
			return text, nil
		}
		if first := firstWord(more); !indented(more) || first == "" || first[0] == '#' || isCommand(first) {
			c.held, c.atLine = &more, before
			return text, nil
		}
		if text += " " + more; len(text) > longestLine {
			return "", errOverrun
		}
	}
}

// logical gives the next line with those that a backslash joins to it.
func (c *commands) logical() (string, error) {
	if c.heldErr != nil {
		err := c.heldErr
		c.heldErr, c.atLine = nil, c.line
		return "", err
	}
	if c.held != nil {
		text := *c.held
		c.held, c.atLine = nil, c.line
		return text, nil
	}
	text := ""
	for first := true; ; first = false {
		line, err := c.lines.Next()
		if errors.Is(err, io.EOF) && !first {
			return text, nil
		}
		if err != nil {
			return "", err
		}
		c.line++
		c.atLine = c.line
		if len(line) > longestLine {
			return "", wrong("Line %d too big.", c.line)
		}
		head, goesOn := strings.CutSuffix(line, `\`)
		if text += head; len(text) > longestLine {
			return "", errOverrun
		}
		if !goesOn {
			return text, nil
		}
		text += " "
	}
}

const blanks = " \t\v\f\r"

func isBlank(r rune) bool { return strings.ContainsRune(blanks, r) }

func indented(line string) bool { return line != "" && strings.IndexByte(blanks, line[0]) >= 0 }

func firstWord(line string) string {
	line = strings.TrimLeft(line, blanks)
	if end := strings.IndexAny(line, blanks); end >= 0 {
		return line[:end]
	}
	return line
}

// split gives the words of a command. Quotation marks group what is between them.
func split(text string) ([]string, error) {
	if strings.IndexByte(text, '"') < 0 {
		words := strings.FieldsFunc(text, isBlank)
		if len(words) > mostWords {
			return nil, errTokens
		}
		return words, nil
	}
	var words []string
	var word strings.Builder
	quoted, begun := false, false
	for i := range len(text) {
		switch b := text[i]; {
		case b == '"':
			quoted, begun = !quoted, true
		case !quoted && strings.IndexByte(blanks, b) >= 0:
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteByte(b)
			begun = true
		}
	}
	if quoted {
		return nil, errQuote
	}
	if begun {
		words = append(words, word.String())
	}
	if len(words) > mostWords {
		return nil, errTokens
	}
	return words, nil
}

// fileLines are the lines of a file: all can be read at once.
type fileLines struct{ r *bufio.Reader }

func newFileLines(r io.Reader) *fileLines { return &fileLines{bufio.NewReaderSize(r, longestLine+2)} }

// Next gives no more than a line that is too long by one octet; the rest of such a line is thrown away.
func (f *fileLines) Next() (string, error) {
	octets, err := f.r.ReadSlice('\n')
	line := strings.TrimSuffix(string(octets), "\n")
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = f.r.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) && len(octets) > 0 {
		err = nil
	}
	return line, err
}

// Begin asks nobody.
func (f *fileLines) Begin() {}

// Indented is true: whoever asks finds out by reading.
func (f *fileLines) Indented() bool { return true }
