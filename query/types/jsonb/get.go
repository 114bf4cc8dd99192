package jsonb

import "strconv"

// Get is doc -> key, as a document; false if there is none.
func Get(doc, key string) (string, bool) {
	v, ok := Root(doc).Get(key)
	return docOf(v, ok)
}

func docOf(v Value, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	return v.Doc(), true
}

// GetText is doc ->> key; false for absent and null. It does not allocate for
// strings and numbers: the result shares doc.
func GetText(doc, key string) (string, bool) {
	v := Root(doc)
	if v.isSmall() {
		v, _ = v.getSmall(key)
	} else {
		v, _ = v.Get(key)
	}
	return v.Text()
}

// Index is doc -> i.
func Index(doc string, i int) (string, bool) {
	v, ok := topAt(doc, i)
	return docOf(v, ok)
}

// IndexText is doc ->> i.
func IndexText(doc string, i int) (string, bool) {
	v, _ := topAt(doc, i)
	return v.Text()
}

// topAt subscripts a document, where a scalar stands as an array of itself.
func topAt(doc string, i int) (Value, bool) {
	v := Root(doc)
	if k := v.Kind(); k != 0 && k < Array && (i == 0 || i == -1) {
		return v, true
	}
	return v.At(i)
}

// Path is doc #> path.
func Path(doc string, path []string) (string, bool) {
	v, ok := walk(doc, path)
	return docOf(v, ok)
}

// PathText is doc #>> path.
func PathText(doc string, path []string) (string, bool) {
	v, _ := walk(doc, path)
	return v.Text()
}

func walk(doc string, path []string) (Value, bool) {
	v := Root(doc)
	for _, step := range path {
		ok := false
		switch v.Kind() {
		case Object:
			v, ok = v.Get(step)
		case Array:
			i, valid := pathIndex(step)
			if !valid {
				return Value{}, false
			}
			v, ok = v.At(i)
		}
		if !ok {
			return Value{}, false
		}
	}
	return v, v.node != ""
}

// pathIndex reads a path step as an array subscript, as C's strtoint does.
func pathIndex(step string) (int, bool) {
	for step != "" && (step[0] == ' ' || step[0]-'\t' <= '\r'-'\t') {
		step = step[1:]
	}
	i, err := strconv.ParseInt(step, 10, 32)
	return int(i), err == nil
}

// Exists is doc ? key: a key of an object, a string in an array, or the string itself.
func Exists(doc, key string) bool {
	v := Root(doc)
	switch v.Kind() {
	case Object:
		_, ok := v.Get(key)
		return ok
	case Array:
		for e := range v.Elements() {
			if e.Kind() == String && e.node[1:] == key {
				return true
			}
		}
	case String:
		return v.node[1:] == key
	}
	return false
}

// Contains is a @> b.
func Contains(a, b string) bool {
	x, y := Root(a), Root(b)
	if x.Kind() == Array && y.Kind() < Array {
		return hasElement(x, y, 0) // an array contains a scalar, at the top only
	}
	return contains(x, y, 0)
}

func contains(a, b Value, depth int) bool {
	if a.Kind() != b.Kind() || depth > nestMax {
		return false
	}
	switch a.Kind() {
	case Object:
		for k, e := range b.Pairs() {
			if own, ok := a.Get(k); !ok || !contains(own, e, depth+1) {
				return false
			}
		}
		return true
	case Array:
		for e := range b.Elements() {
			if !hasElement(a, e, depth) {
				return false
			}
		}
		return true
	}
	return compareScalars(a, b) == 0
}

func hasElement(a, e Value, depth int) bool {
	for own := range a.Elements() {
		if contains(own, e, depth+1) {
			return true
		}
	}
	return false
}
