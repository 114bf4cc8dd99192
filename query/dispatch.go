package query

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
)

// bindStatement finds the command of a statement and binds it.
func (s *Session) bindStatement(c *compiled, params *expr.Params) error {
	switch own := c.statement.Own.(type) {
	case *parse.CreateProjection:
		c.command = &createProjection{statement: own}
		return nil
	case *parse.Assert:
		return s.bindAssert(c, params, own)
	case *parse.AlterProjection:
		c.command = &alterProjection{statement: own}
		return nil
	case *parse.DropProjection:
		c.command = &dropProjection{statement: own}
		return nil
	case *parse.AlterEventKind:
		c.command = &alterEventKind{statement: own}
		return nil
	}
	return s.bindNode(c, params, c.statement.Node)
}

// bindNode binds what PostgreSQL's grammar gave.
func (s *Session) bindNode(c *compiled, params *expr.Params, node *pg.Node) error {
	if err := s.thisDatabase(c, node); err != nil {
		return err
	}
	if done, err := s.altersFunction(c, node); done {
		return err
	}
	switch n := node.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return s.bindSelect(c, params, node)
	case *pg.Node_InsertStmt:
		return s.bindInsert(c, params, n.InsertStmt)
	case *pg.Node_UpdateStmt:
		return s.bindUpdate(c, params, n.UpdateStmt)
	case *pg.Node_DeleteStmt:
		return s.bindDelete(c, params, n.DeleteStmt)
	case *pg.Node_MergeStmt:
		return s.bindMerge(c, params, n.MergeStmt)
	case *pg.Node_TruncateStmt:
		return s.bindTruncate(c, n.TruncateStmt)
	case *pg.Node_CreateTableAsStmt:
		return s.bindCreateTableAs(c, params, n.CreateTableAsStmt)
	case *pg.Node_DropStmt:
		return s.bindDrop(c, n.DropStmt)
	case *pg.Node_ViewStmt:
		return s.bindCreateView(c, n.ViewStmt)
	case *pg.Node_CreateFunctionStmt:
		return s.bindCreateFunction(c, n.CreateFunctionStmt)
	case *pg.Node_CommentStmt:
		return s.bindComment(c, n.CommentStmt)
	case *pg.Node_RenameStmt:
		if n.RenameStmt.GetRenameType() == pg.ObjectType_OBJECT_ROLE {
			c.command = &renameRole{n.RenameStmt}
			return nil
		}
		if is, err := s.bindRenameView(c, n.RenameStmt); is || err != nil {
			return err
		}
		return s.bindDefinition(c, node)
	case *pg.Node_AlterTableStmt:
		if is, err := s.bindOwner(c, n.AlterTableStmt); is || err != nil {
			return err
		}
		if is, err := s.bindAlterView(c, n.AlterTableStmt); is || err != nil {
			return err
		}
		return s.bindDefinition(c, node)
	case *pg.Node_CreateStmt, *pg.Node_IndexStmt, *pg.Node_CreateSeqStmt,
		*pg.Node_CompositeTypeStmt, *pg.Node_CreateEnumStmt, *pg.Node_CreateRangeStmt, *pg.Node_CreateDomainStmt,
		*pg.Node_AlterSeqStmt, *pg.Node_AlterEnumStmt, *pg.Node_AlterDomainStmt:
		return s.bindDefinition(c, node)
	case *pg.Node_VacuumStmt:
		c.command = &vacuumCommand{statement: n.VacuumStmt}
		return nil
	case *pg.Node_CopyStmt:
		return s.bindCopy(c, params, n.CopyStmt)
	case *pg.Node_ExplainStmt:
		return s.bindExplain(c, params, n.ExplainStmt)
	}
	return s.bindUtility(c, params, node)
}

// bindUtility binds statements about the session itself.
func (s *Session) bindUtility(c *compiled, params *expr.Params, node *pg.Node) error {
	switch n := node.GetNode().(type) {
	case *pg.Node_TransactionStmt:
		return bindTransaction(c, n.TransactionStmt)
	case *pg.Node_VariableSetStmt:
		return bindSet(c, n.VariableSetStmt)
	case *pg.Node_VariableShowStmt:
		return bindShow(c, n.VariableShowStmt)
	case *pg.Node_DiscardStmt:
		c.command = &discardCommand{target: n.DiscardStmt.GetTarget()}
		return nil
	case *pg.Node_ConstraintsSetStmt:
		c.command = &setConstraints{n.ConstraintsSetStmt}
		return nil
	case *pg.Node_PrepareStmt:
		return s.bindPrepare(c, n.PrepareStmt)
	case *pg.Node_CallStmt:
		return s.bindCall(c, params, n.CallStmt)
	case *pg.Node_ExecuteStmt:
		return s.bindExecute(c, params, n.ExecuteStmt)
	case *pg.Node_DeallocateStmt:
		c.command = &deallocateCommand{name: n.DeallocateStmt.GetName()}
		return nil
	case *pg.Node_DeclareCursorStmt:
		return s.bindDeclare(c, params, n.DeclareCursorStmt)
	case *pg.Node_FetchStmt:
		return bindFetch(c, n.FetchStmt)
	case *pg.Node_ClosePortalStmt:
		c.command = &closeCommand{name: n.ClosePortalStmt.GetPortalname()}
		return nil
	case *pg.Node_ReindexStmt:
		c.command = &reindexCommand{statement: n.ReindexStmt}
		return nil
	case *pg.Node_ClusterStmt:
		c.command = &clusterCommand{n.ClusterStmt}
		return nil
	case *pg.Node_CheckPointStmt:
		c.command = checkpointCommand{}
		return nil
	case *pg.Node_LockStmt:
		c.command = &lockCommand{tables: n.LockStmt.GetRelations(), mode: n.LockStmt.GetMode()}
		return nil
	case *pg.Node_ListenStmt:
		return bindListen(c, n.ListenStmt)
	case *pg.Node_CreateRoleStmt:
		c.command = &createRole{n.CreateRoleStmt}
		return nil
	case *pg.Node_AlterRoleStmt:
		c.command = &alterRole{n.AlterRoleStmt}
		return nil
	case *pg.Node_AlterRoleSetStmt:
		return bindAlterRoleSet(c, n.AlterRoleSetStmt)
	case *pg.Node_DropRoleStmt:
		c.command = &dropRole{n.DropRoleStmt}
		return nil
	case *pg.Node_GrantRoleStmt:
		c.command = &grantRole{n.GrantRoleStmt}
		return nil
	case *pg.Node_GrantStmt:
		return s.bindGrant(c, n.GrantStmt)
	case *pg.Node_AlterDefaultPrivilegesStmt:
		return s.bindDefaultPrivileges(c, n.AlterDefaultPrivilegesStmt)
	case *pg.Node_AlterOwnerStmt:
		return s.bindAlterOwner(c, n.AlterOwnerStmt)
	case *pg.Node_ReassignOwnedStmt:
		c.command = &reassignOwned{n.ReassignOwnedStmt}
		return nil
	case *pg.Node_DropOwnedStmt:
		c.command = &dropOwned{n.DropOwnedStmt}
		return nil
	case *pg.Node_UnlistenStmt:
		return bindUnlisten(c, n.UnlistenStmt)
	}
	return unsupportedStatement(c, node)
}
