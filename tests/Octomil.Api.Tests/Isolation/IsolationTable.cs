namespace Octomil.Api.Tests.Isolation;

/// <summary>Who is answered what, one operation a line.</summary>
internal static class IsolationTable
{
    /// <summary>
    /// The operation with the owner's own ids (and again with its names) in its path, and the status that each of these is answered, each an
    /// administrator where it is at home: an active member of the owner's federation; one that is invited; one that was suspended while its
    /// device had a round; an organization that is none of these; the token of another device of the owner; the owner. No key, a wrong one and
    /// a revoked one are 401, and a key without the scope is 403 missing_scope, for every line with six answers. The code of a refusal is the usual one
    /// of its status (<see cref="IsolationRow.Answer"/>), or stands beside it. A line with one answer needs no key. Last,
    /// what is sent: JSON, a query, or a version, an update, posted weights. Lines are asked from the top down.
    /// </summary>
    public const string Text = """
        #operation                                                          | mem | inv | sus | oth | dev | own | body
        GET /health/live                                                    | 200                               |
        GET /health/ready                                                   | 200                               |
        GET /api/v1/auth/methods                                            | 200                               |
        POST /api/v1/auth/sign-in                                           | 401 wrong_credentials             | {"email":"nobody@person.example","password":"not the password"}
        POST /api/v1/auth/sso                                               | 409 invalid_request               | {"id_token":"not a token"}
        POST /api/v1/auth/invitations/accept                                | 410 invitation_over               | {"invitation":"oct_inv_made-up","password":"correct horse battery"}
        POST /api/v1/auth/refresh                                           | 401                               | {"refresh_token":"oct_ref_made-up"}
        POST /api/v1/auth/device/refresh                                    | 401                               | {"refresh_token":"oct_ref_made-up"}
        GET /api/v1/downloads/{ticket}                                      | 404                               |
        HEAD /api/v1/downloads/{ticket}                                     | 404                               |
        GET /api/v1/audit                                                   | 200 | 200 | 200 | 200 | 403 | 200 |
        DELETE /api/v1/auth/session                                         | 400 | 400 | 400 | 400 | 403 | 400 |
        GET /api/v1/organizations/current                                   | 200 | 200 | 200 | 200 | 403 | 200 |
        POST /api/v1/organizations                                          | 403 missing_scope | 403 missing_scope | 403 missing_scope | 403 missing_scope | 403 | 403 missing_scope | {"name":"made by the matrix"}
        GET /api/v1/models                                                  | 200 | 200 | 200 | 200 | 200 | 200 |
        GET /api/v1/models/{model}                                          | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/models/{model}/versions                                 | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/models/{model}/versions/latest                          | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/models/{model}/versions/{version}                       | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/models/{model}/versions/{version}/compare/{other}       | 200 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/models/{model}/versions/{version}/download              | 200 | 404 | 404 | 404 | 200 | 200 |
        HEAD /api/v1/models/{model}/versions/{version}/download             | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/models/{model}/versions/{version}/download-url          | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/models/{model}/aliases                                  | 200 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/models                                                 | 200 | 200 | 200 | 200 | 403 | 200 | {"name":"made-by-the-matrix"}
        POST /api/v1/models/{model}/versions/upload                         | 403 | 404 | 404 | 404 | 403 | 200 | form
        POST /api/v1/models/{model}/versions/{version}/deprecate            | 403 | 404 | 404 | 404 | 403 | 200 | {"reason":"no reason"}
        POST /api/v1/models/{model}/versions/{version}/reinstate            | 403 | 404 | 404 | 404 | 403 | 200 |
        PUT /api/v1/models/{model}/aliases/{alias}                          | 403 | 404 | 404 | 404 | 403 | 200 | {"version":"2.0.0"}
        DELETE /api/v1/models/{model}/aliases/{alias}                       | 403 | 404 | 404 | 404 | 403 | 200 |
        DELETE /api/v1/models/{model}/versions/{version}                    | 403 | 404 | 404 | 404 | 403 | 409 version_in_use |
        GET /api/v1/experiments                                             | 200 | 200 | 200 | 200 | 403 | 200 |
        GET /api/v1/experiments/{experiment}                                | 404 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/experiments/{experiment}/analytics                      | 404 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/experiments/{experiment}/assign                         | 404 | 404 | 404 | 404 | 404 | 200 | ?device_id=<device>
        POST /api/v1/experiments                                            | 200 | 404 | 404 | 404 | 403 | 200 | {"name":"made-by-the-matrix","model_id":"<model>","variants":[{"name":"a","model_version":"1.0.0","traffic_allocation":50,"is_control":true},{"name":"b","model_version":"2.0.0","traffic_allocation":50}]}
        POST /api/v1/experiments/{experiment}/start                         | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/experiments/{experiment}/pause                         | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/experiments/{experiment}/resume                        | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/experiments/{experiment}/complete                      | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/experiments/{experiment}/cancel                        | 404 | 404 | 404 | 404 | 403 | 409 experiment_over |
        GET /api/v1/models/{model}/rollouts                                 | 200 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/models/{model}/rollouts/active                          | 200 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/models/{model}/rollouts/{rollout}                       | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/models/{model}/rollouts                                | 200 | 404 | 404 | 404 | 403 | 200 | {"version":"2.0.0","rollout_percentage":10}
        POST /api/v1/models/{model}/rollouts/{rollout}/start                | 404 | 404 | 404 | 404 | 403 | 200 | {}
        POST /api/v1/models/{model}/rollouts/{rollout}/pause                | 404 | 404 | 404 | 404 | 403 | 200 | {}
        POST /api/v1/models/{model}/rollouts/{rollout}/resume               | 404 | 404 | 404 | 404 | 403 | 200 | {}
        POST /api/v1/models/{model}/rollouts/{rollout}/advance              | 404 | 404 | 404 | 404 | 403 | 200 | {}
        POST /api/v1/models/{model}/rollouts/{rollout}/update-percentage    | 404 | 404 | 404 | 404 | 403 | 200 | {"percentage":50}
        POST /api/v1/models/{model}/rollback                                | 200 | 404 | 404 | 404 | 403 | 200 | {"to_version":"1.0.0"}
        DELETE /api/v1/models/{model}/rollouts/{rollout}                    | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/experiments/{experiment}/promote                       | 404 | 404 | 404 | 404 | 403 | 200 | {"variant":"control"}
        GET /api/v1/devices                                                 | 200 | 200 | 200 | 200 | 403 | 200 |
        GET /api/v1/devices/{device}                                        | 404 | 404 | 404 | 404 | 404 | 200 |
        GET /api/v1/devices/{device}/versions                               | 404 | 404 | 404 | 404 | 404 | 200 |
        POST /api/v1/devices/register                                       | 200 | 200 | 200 | 200 | 403 | 200 | {"device_identifier":"made-by-the-matrix"}
        POST /api/v1/devices/{device}/heartbeat                             | 404 | 404 | 404 | 404 | 404 | 200 | {}
        PUT /api/v1/devices/{device}/heartbeat                              | 404 | 404 | 404 | 404 | 404 | 200 | {}
        POST /api/v1/devices/{device}/versions                              | 404 | 404 | 404 | 404 | 404 | 200 | {"model_id":"<model>","version":"1.0.0","status":"active"}
        POST /api/v1/devices/{device}/telemetry                             | 404 | 404 | 404 | 404 | 404 | 200 | {"reports":[{"model_id":"<model>","version":"1.0.0","inferences":1}]}
        GET /api/v1/devices/{device}/certificates                           | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/devices/{device}/certificates                          | 404 | 404 | 404 | 404 | 403 | 200 | {"fingerprint":"<fingerprint>"}
        DELETE /api/v1/devices/{device}/certificates/{fingerprint}          | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/devices/{device}/token                                 | 404 | 404 | 404 | 404 | 404 | 200 |
        GET /api/v1/device-groups                                           | 200 | 200 | 200 | 200 | 403 | 200 |
        GET /api/v1/device-groups/{group}                                   | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/device-groups                                          | 200 | 200 | 200 | 200 | 403 | 200 | {"name":"made-by-the-matrix"}
        POST /api/v1/device-groups/{group}/devices                          | 404 | 404 | 404 | 404 | 403 | 200 | {"devices":["<device>"]}
        POST /api/v1/device-groups/{group}/devices/remove                   | 404 | 404 | 404 | 404 | 403 | 200 | {"devices":["<device>"]}
        GET /api/v1/training/rounds                                         | 404 | 404 | 404 | 404 | 404 | 200 | ?device_id=<device>
        GET /api/v1/training/rounds/{round}/status                          | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/training/rounds/{round}/contributions                   | 200 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/training/rounds/{round}/base                            | 404 | 404 | 403 organization_suspended | 404 | 404 | 200 | ?device_id=<device>
        HEAD /api/v1/training/rounds/{round}/base                           | 404 | 404 | 403 | 404 | 404 | 200 | ?device_id=<device>
        GET /api/v1/training/rounds/{round}/control                         | 404 | 404 | 403 organization_suspended | 404 | 404 | 404 | ?device_id=<device>
        HEAD /api/v1/training/rounds/{round}/control                        | 404 | 404 | 403 | 404 | 404 | 404 | ?device_id=<device>
        PUT /api/v1/training/rounds/{round}/statistics/{device}             | 404 | 404 | 404 | 404 | 404 | 409 wrong_kind | {"rows":20,"features":{"x":{"count":20,"mean":1,"m2":1}}}
        PUT /api/v1/training/rounds/{round}/evaluation/{device}             | 404 | 404 | 404 | 404 | 404 | 409 wrong_kind | {"eval_count":10,"eval_loss":0.5,"eval_accuracy":0.5}
        POST /api/v1/training/weights                                       | 404 | 404 | 404 | 404 | 404 | 422 invalid_weights | weights
        PUT /api/v1/training/rounds/{round}/updates/{device}                | 404 | 404 | 404 | 404 | 404 | 200 | update
        GET /api/v1/training/sessions                                       | 200 | 200 | 200 | 200 | 403 | 200 |
        GET /api/v1/training/{model}/status                                 | 200 | 404 | 404 | 404 | 200 | 200 |
        GET /api/v1/training/{model}/events                                 | 200 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/training/{model}/contributions                          | 200 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/training/forecast                                      | 403 | 404 | 404 | 404 | 403 | 409 privacy_budget | {"model_id":"<model>","rounds":1,"privacy":"dp-sgd","clip_norm":1,"noise_multiplier":1}
        POST /api/v1/training/sessions                                      | 403 | 404 | 404 | 404 | 403 | 409 run_in_progress | {"model_id":"<model>","rounds":9}
        POST /api/v1/training/{model}/pause                                 | 403 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/training/{model}/resume                                | 403 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/training/{model}/stop                                  | 403 | 404 | 404 | 404 | 403 | 200 | {}
        GET /api/v1/api-keys                                                | 200 | 200 | 200 | 200 | 403 | 200 |
        POST /api/v1/api-keys                                               | 200 | 200 | 200 | 200 | 403 | 200 | {"name":"made by the matrix","scopes":["devices:read"]}
        POST /api/v1/api-keys/{id}/revoke                                   | 404 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/webhooks                                                | 200 | 200 | 200 | 200 | 403 | 200 |
        POST /api/v1/webhooks                                               | 200 | 200 | 200 | 200 | 403 | 200 | {"url":"https://made-by-the-matrix.example/<model>"}
        GET /api/v1/webhooks/{webhook}                                      | 404 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/webhooks/{webhook}/deliveries                           | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/webhooks/{webhook}/test                                | 404 | 404 | 404 | 404 | 403 | 200 |
        DELETE /api/v1/webhooks/{webhook}                                   | 404 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/orgs/{org}/members                                      | 404 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/orgs/{org}/members                                     | 404 | 404 | 404 | 404 | 403 | 200 | {"email":"made@matrix.example","role":"viewer"}
        PUT /api/v1/orgs/{org}/members/{member}                             | 404 | 404 | 404 | 404 | 403 | 200 | {"role":"member"}
        POST /api/v1/orgs/{org}/members/{member}/reset                      | 404 | 404 | 404 | 404 | 403 | 200 |
        DELETE /api/v1/orgs/{org}/members/{member}                          | 404 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/settings/{org}                                          | 404 | 404 | 404 | 404 | 403 | 200 |
        PUT /api/v1/settings/{org}                                          | 404 | 404 | 404 | 404 | 403 | 200 | {"error_threshold":0.5}
        GET /api/v1/privacy                                                 | 200 | 200 | 200 | 200 | 403 | 200 |
        GET /api/v1/privacy/ledger                                          | 200 | 200 | 200 | 200 | 403 | 200 |
        POST /api/v1/privacy/epochs                                         | 200 | 200 | 200 | 200 | 403 | 200 | {"reason":"new data","privacy_budget":8}
        POST /api/v1/devices/{device}/revoke                                | 404 | 404 | 404 | 404 | 403 | 200 |
        GET /api/v1/federations                                             | 200 | 200 | 200 | 200 | 403 | 200 |
        POST /api/v1/federations                                            | 200 | 200 | 200 | 200 | 403 | 200 | {"name":"made-by-the-matrix"}
        GET /api/v1/federations/{federation}                                | 200 | 200 | 200 | 404 | 403 | 200 |
        GET /api/v1/federations/{federation}/members                        | 200 | 200 | 200 | 404 | 403 | 200 |
        GET /api/v1/federations/{federation}/models                         | 200 | 200 | 200 | 404 | 403 | 200 |
        GET /api/v1/federations/{federation}/privacy                        | 200 | 200 | 200 | 404 | 403 | 200 |
        POST /api/v1/federations/{federation}/invite                        | 403 | 403 | 403 | 404 | 403 | 200 | {"org_ids":["<stranger>"]}
        POST /api/v1/federations/{federation}/suspend                       | 403 | 403 | 403 | 404 | 403 | 409 wrong_status | {"org_ids":["<stranger>"]}
        POST /api/v1/federations/{federation}/reinstate                     | 403 | 403 | 403 | 404 | 403 | 409 wrong_status | {"org_ids":["<stranger>"]}
        POST /api/v1/federations/{federation}/remove                        | 403 | 403 | 403 | 404 | 403 | 200 | {"org_ids":["<stranger>"]}
        POST /api/v1/federations/{federation}/models                        | 403 | 404 | 404 | 404 | 403 | 200 | {"model_id":"<model>"}
        DELETE /api/v1/federations/{federation}/models/{model}              | 403 | 404 | 404 | 404 | 403 | 200 |
        POST /api/v1/federations/{federation}/join                          | 200 | 200 | 403 organization_suspended | 404 | 403 | 200 | {}
        POST /api/v1/federations/{federation}/leave                         | 200 | 200 | 200 | 404 | 403 | 200 | {}
        """;
}
