package expr

import (
	"fmt"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func isPolymorphic(t types.OID) bool { return isSimplePolymorphic(t) || isCompatible(t) }

func isSimplePolymorphic(t types.OID) bool {
	switch t {
	case types.AnyElementOID, types.AnyArrayOID, types.AnyNonArrayOID, types.AnyEnumOID, types.AnyRangeOID, types.AnyMultirangeOID:
		return true
	}
	return false
}

func isCompatible(t types.OID) bool {
	switch t {
	case types.AnyCompatibleOID, types.AnyCompatibleArrayOID, types.AnyCompatibleNonArrayOID, types.AnyCompatibleRangeOID, types.AnyCompatibleMultirangeOID:
		return true
	}
	return false
}

// polymorphicFit is PostgreSQL's check_generic_type_consistency.
func polymorphicFit(declared, args []types.OID) bool {
	_, err := solve(declared, args)
	return err == nil
}

// solution is what the polymorphic types of one call stand for; 0 = nothing.
type solution struct {
	elem, array               types.OID
	compatible                types.OID
	anyCompatible, anyPolymor bool
}

// mismatch is the reason why arguments do not fit polymorphic parameters.
type mismatch string

func (m mismatch) Error() string { return string(m) }

func solve(declared, args []types.OID) (*solution, error) {
	s := &solution{}
	var compatible []types.OID
	for i, d := range declared {
		a := args[i]
		if isCompatible(d) {
			s.anyCompatible = true
			member, err := compatibleMember(d, a)
			if err != nil {
				return nil, err
			}
			if member != types.UnknownOID {
				compatible = append(compatible, member)
			}
			continue
		}
		if err := s.take(d, a); err != nil {
			return nil, err
		}
	}
	if err := s.settleElem(); err != nil {
		return nil, err
	}
	return s, s.settleCompatible(declared, compatible)
}

// take notes one argument of the anyelement family.
func (s *solution) take(declared, actual types.OID) error {
	if !isSimplePolymorphic(declared) {
		return nil
	}
	s.anyPolymor = true
	if actual == types.UnknownOID {
		return nil
	}
	switch declared {
	case types.AnyElementOID, types.AnyNonArrayOID:
		if s.elem != 0 && s.elem != actual {
			return mismatch(fmt.Sprintf("arguments declared %q are not all alike", "anyelement"))
		}
		if declared == types.AnyNonArrayOID && types.ElemOf(actual) != 0 {
			return mismatch(fmt.Sprintf("type matched to anynonarray is an array type: %s", typeName(actual)))
		}
		s.elem = actual
	case types.AnyArrayOID:
		actual = types.BaseOf(actual)
		if s.array != 0 && s.array != actual {
			return mismatch(fmt.Sprintf("arguments declared %q are not all alike", "anyarray"))
		}
		s.array = actual
	default:
		return mismatch(fmt.Sprintf("argument declared %s is not a range type but type %s", typeName(declared), typeName(actual)))
	}
	return nil
}

func (s *solution) settleElem() error {
	if s.array == 0 {
		return nil
	}
	elem := types.ElemOf(s.array)
	switch {
	case elem == 0:
		return mismatch(fmt.Sprintf("argument declared %s is not an array but type %s", "anyarray", typeName(s.array)))
	case s.elem != 0 && s.elem != elem:
		return mismatch(fmt.Sprintf("argument declared %s is not consistent with argument declared %s", "anyarray", "anyelement"))
	}
	s.elem = elem
	return nil
}

func compatibleMember(declared, actual types.OID) (types.OID, error) {
	if actual == types.UnknownOID {
		return actual, nil
	}
	actual = types.BaseOf(actual)
	switch declared {
	case types.AnyCompatibleArrayOID:
		if elem := types.ElemOf(actual); elem != 0 {
			return elem, nil
		}
		return 0, mismatch(fmt.Sprintf("argument declared %s is not an array but type %s", "anycompatiblearray", typeName(actual)))
	case types.AnyCompatibleRangeOID, types.AnyCompatibleMultirangeOID:
		return 0, mismatch(fmt.Sprintf("argument declared %s is not a range type but type %s", typeName(declared), typeName(actual)))
	}
	return actual, nil
}

func (s *solution) settleCompatible(declared, members []types.OID) error {
	if !s.anyCompatible {
		return nil
	}
	common, ok := commonOID(members)
	if !ok {
		return mismatch("arguments of anycompatible family cannot be cast to a common type")
	}
	for _, d := range declared {
		if d == types.AnyCompatibleNonArrayOID && types.ElemOf(common) != 0 {
			return mismatch(fmt.Sprintf("type matched to anycompatiblenonarray is an array type: %s", typeName(common)))
		}
	}
	s.compatible = common
	return nil
}

// apply returns what a declared type stands for.
func (s *solution) apply(declared types.OID) types.OID {
	switch declared {
	case types.AnyElementOID, types.AnyNonArrayOID:
		return s.elem
	case types.AnyArrayOID:
		if s.array != 0 {
			return s.array
		}
		return types.ArrayOf(s.elem)
	case types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
		return s.compatible
	case types.AnyCompatibleArrayOID:
		return types.ArrayOf(s.compatible)
	}
	return declared
}

// settle resolves the declared types of a call and its result, as PostgreSQL's
// enforce_generic_type_consistency does.
func settle(declared, args []types.OID, result types.OID) ([]types.OID, types.OID, error) {
	generic := isPolymorphic(result)
	for _, d := range declared {
		generic = generic || isPolymorphic(d)
	}
	if !generic {
		return declared, result, nil
	}
	s, err := solve(declared, args)
	if err != nil {
		return nil, 0, sqlstate.New(sqlstate.DatatypeMismatch, "%s", err.Error())
	}
	if s.anyPolymor && s.elem == 0 {
		return nil, 0, sqlstate.New(sqlstate.DatatypeMismatch, "could not determine polymorphic type because input has type %s", "unknown")
	}
	settled := make([]types.OID, len(declared))
	for i, d := range declared {
		if settled[i] = s.apply(d); settled[i] == 0 {
			return nil, 0, sqlstate.New(sqlstate.UndefinedObject, "could not find array type for data type %s", typeName(s.elem))
		}
	}
	r := s.apply(result)
	if r == 0 {
		return nil, 0, sqlstate.New(sqlstate.UndefinedObject, "could not find array type for data type %s", typeName(s.elem))
	}
	return settled, r, nil
}
