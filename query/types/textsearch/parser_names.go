package textsearch

// nameRun is the name, of letters and digits with single dots, hyphens and underscores between them, that a place
// is in. What is in it is the same for each place within it.
type nameRun struct {
	span
	dot     int // before the last part that may be a top level domain
	hostEnd int // behind that part; 0 if there is none
	email   int // the end of the address that the name is the beginning of, 0 if it is not, -1 if nobody has looked
}

func joint(c byte) bool { return c == '.' || c == '-' || c == '_' }

func (p *parser) nameAt(at int) nameRun {
	n := nameRun{span: span{at, at}, email: -1}
	for {
		start := n.to
		n.to = p.while(start, alnumByte)
		if start > at && p.text[start-1] == '.' && n.to-start >= 2 && p.while(start, letterByte) == n.to {
			n.dot, n.hostEnd = start-1, n.to
		}
		if !joint(p.byte(n.to)) || !alnumByte(p.byte(n.to+1)) {
			return n
		}
		n.to++
	}
}

// host returns the end of the host that begins at a place, with its port: a name that ends with a dot and a top
// level domain.
func (p *parser) host(at int) int {
	if at < p.name.from || at >= p.name.to {
		p.name = p.nameAt(at)
	}
	return p.hostIn(p.name, at)
}

func (p *parser) hostIn(n nameRun, at int) int {
	if n.hostEnd == 0 || at >= n.dot {
		return 0
	}
	if p.byte(n.hostEnd) == ':' && digitByte(p.byte(n.hostEnd+1)) {
		return p.while(n.hostEnd+1, digitByte)
	}
	return n.hostEnd
}

// email: a name, @ and a host.
func (p *parser) email() int {
	p.host(p.at)
	if p.name.email < 0 {
		p.name.email = p.emailAt(p.name.to)
	}
	return p.name.email
}

// emailAt returns the end of the host behind an @.
func (p *parser) emailAt(at int) int {
	if p.byte(at) != '@' || !alnumByte(p.byte(at+1)) || p.scientific(at+1, false) > 0 {
		return 0
	}
	return p.hostIn(p.nameAt(at+1), at+1)
}

// hostOrURL takes a host, or, with a path behind it, a URL and both its parts.
func (p *parser) hostOrURL(hostEnd int) Token {
	end := hostEnd
	if p.byte(end) == '/' {
		end = p.while(end+1, func(c byte) bool { return isURL(rune(c)) })
	}
	if end <= hostEnd+1 {
		return p.take(host, hostEnd)
	}
	p.queue = append(p.queue, Token{host, p.text[p.at:hostEnd]}, Token{urlPath, p.text[hostEnd:end]})
	return p.take(urlToken, end)
}

func fileByte(c byte) bool { return alnumByte(c) || c == '_' || c == '-' }

// fileName returns the end of names that dots join, 0 if there is none. No name begins with a hyphen.
func (p *parser) fileName(at int) int {
	end := 0
	for c := p.byte(at); alnumByte(c) || c == '_'; c = p.byte(at) {
		end = p.while(at, fileByte)
		if p.byte(end) != '.' {
			return end
		}
		at = end + 1
	}
	return end
}

// fileAfter returns the end of the file whose name begins with a word: there is a dot or a slash behind it. A number
// is a directory alone.
func (p *parser) fileAfter(w wordRun) int {
	if w.foreign && !w.digits {
		return 0
	}
	end := 0
	switch p.byte(w.end) {
	case '.':
		if w.letters {
			end = p.fileName(w.end + 1)
		}
	case '/':
		end = p.directories(w.end)
	}
	if end > 0 {
		return max(end, p.directories(end))
	}
	return 0
}

// path returns the end of the file that begins here with one of / ./ .. ~ ~/.
func (p *parser) path() int {
	switch c := p.text[p.at]; {
	case c == '/':
		return p.directories(p.at)
	case c == '.' && fileByte(p.byte(p.at+1)):
		return 0
	}
	end, whole := p.segment(p.at)
	if end == 0 {
		return 0
	}
	further := p.directories(end)
	if !whole {
		return further
	}
	return max(end, further)
}

// directories returns the end of /a/b/c, 0 if there is nothing of the kind. It goes on as long as it can.
func (p *parser) directories(at int) int {
	if p.deadPaths.from <= at && at < p.deadPaths.to {
		return 0
	}
	good, begun := 0, at
	for p.byte(at) == '/' {
		end, whole := p.segment(at + 1)
		if end == 0 {
			break
		}
		at = end
		if whole {
			good, begun = end, end
		}
	}
	p.deadPaths = span{begun, at + 1}
	return good
}

// segment returns the end of what is between slashes, 0 if nothing is; whole says that a file may end with it.
func (p *parser) segment(at int) (end int, whole bool) {
	switch p.byte(at) {
	case '~':
		if end := p.fileName(at + 1); end > 0 {
			return end, true
		}
		return at + 1, false
	case '.':
		if end := p.fileName(at + 1); end > 0 {
			return end, true
		}
		if p.byte(at+1) != '.' {
			return at + 1, false
		}
		if r, size := p.rune(at + 2); size > 0 && r != '/' && !isSpace(r) {
			return 0, false
		}
		return at + 2, true
	}
	end = p.fileName(at)
	return end, end > 0
}
