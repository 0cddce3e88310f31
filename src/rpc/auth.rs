//! Owns who calls: proves it from the call's credentials, once, at the edge, and hands it to the handlers.

use std::sync::Arc;

use tonic::Request;

use crate::domain::principal::Principal;

/// Who calls, as the edge found out. A call that did not come through the edge is nobody's, who may do nothing.
pub(super) fn principal<T>(request: &Request<T>) -> Arc<Principal> {
    let found = request.extensions().get::<Arc<Principal>>();
    found.map_or_else(|| Arc::new(Principal::nobody()), Arc::clone)
}
