package ipseckey

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// deepest is how many files may be within each other.
const deepest = 8

// File executes the commands of a file, or with - of standard input, and gives the exit status.
func (p *Program) File(path string) int {
	if path == "-" {
		return p.status(p.commandsOf(p.In))
	}
	return p.status(p.loadFile(path))
}

// load executes the commands of a file.
func (p *Program) load(_ string, words []string, _ where) error {
	if len(words) != 1 {
		return errUsage
	}
	return p.loadFile(words[0])
}

func (p *Program) loadFile(path string) error {
	if p.depth == deepest {
		return text(fmt.Sprintf("%s: files within files, more than %d deep.", path, deepest))
	}
	f, err := openCommands(path)
	if err != nil {
		return err
	}
	defer f.Close()
	p.inspect(path, f)
	p.depth++
	defer func() { p.depth-- }()
	return p.commandsOf(f)
}

// openCommands opens a regular file; nothing else is waited for or read.
func openCommands(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, text(path + " - Not a regular file")
	}
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	}
	if err == nil {
		return f, nil
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return nil, text(fmt.Sprintf("Invalid pathname: %s: %s", path, systemText(errno)))
	}
	return nil, text(fmt.Sprintf("Invalid pathname: %s: %v", path, err))
}

// inspect looks at a file whose keys others may read.
func (p *Program) inspect(path string, f *os.File) {
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil {
		return
	}
	var fsys unix.Statfs_t
	unix.Fstatfs(int(f.Fd()), &fsys) // of type 0 then, which is none
	p.warnOf(path, &st, &fsys)
}

// warnOf says what is wrong with keeping keys in a file.
func (p *Program) warnOf(path string, st *unix.Stat_t, fsys *unix.Statfs_t) {
	if st.Uid != 0 && int(st.Uid) != os.Geteuid() || st.Mode&0o077 != 0 {
		p.say("Config file %s has insecure permissions.", path)
	}
	if networkFileSystem[uint32(fsys.Type)] {
		p.say("Config file %s is on a network file system.", path)
	}
}

// networkFileSystem has the magic numbers of file systems whose octets travel: include/uapi/linux/magic.h.
var networkFileSystem = map[uint32]bool{
	unix.NFS_SUPER_MAGIC: true, unix.SMB_SUPER_MAGIC: true, unix.CIFS_SUPER_MAGIC: true, unix.SMB2_SUPER_MAGIC: true,
	unix.AFS_SUPER_MAGIC: true, unix.AFS_FS_MAGIC: true, unix.CODA_SUPER_MAGIC: true, unix.NCP_SUPER_MAGIC: true, unix.CEPH_SUPER_MAGIC: true,
}

// commandsOf executes commands until the end, until one fails, or until exit.
func (p *Program) commandsOf(r io.Reader) error {
	c := &commands{lines: newFileLines(r), joins: func(string) bool { return true }}
	for {
		line, err := c.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var words []string
		if err == nil {
			words, err = split(line)
		}
		if err == nil {
			err = p.execute(words, fromFile)
		}
		if errors.Is(err, errLeave) {
			return nil
		}
		if err != nil {
			return p.stop(err, c.atLine)
		}
	}
}

// stop says what was wrong, and where.
func (p *Program) stop(err error, line int) error {
	p.report(err)
	if _, ok := errors.AsType[fatal](err); ok {
		return fatal{errReported}
	}
	p.say("Parse error on line %d.", line)
	return errReported
}
