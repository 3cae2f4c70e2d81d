// SPDX-License-Identifier: MIT
#pragma once

#include "nevus/server/app.h"
#include "nevus/server/message.h"

/// One function for each route; route.h's table says what it does.
namespace nevus::server {

// analyses.cpp
Result<Response> post_analysis(App& app, Request const& request);
Result<Response> list_analyses(App& app, Request const& request);
Result<Response> get_analysis(App& app, Request const& request);
Result<Response> delete_analysis(App& app, Request const& request);
Result<Response> get_report_json(App& app, Request const& request);

// pictures.cpp
Result<Response> get_photo(App& app, Request const& request);
Result<Response> get_explanation(App& app, Request const& request);
Result<Response> get_heatmap(App& app, Request const& request);

// narratives.cpp
Result<Response> post_narrative(App& app, Request const& request);
Result<Response> get_narrative_request(App& app, Request const& request);

// reports.cpp
Result<Response> get_report_pdf(App& app, Request const& request);
Result<Response> get_report_fhir(App& app, Request const& request);
Result<Response> get_report_dicom(App& app, Request const& request);

// occasion.cpp
Result<Response> get_occasion(App& app, Request const& request);
Result<Response> put_occasion(App& app, Request const& request);

// batches.cpp
Result<Response> post_batch(App& app, Request const& request);
Result<Response> get_batch(App& app, Request const& request);
Result<Response> get_batch_events(App& app, Request const& request);
Result<Response> get_batch_csv(App& app, Request const& request);
Result<Response> get_batch_json_lines(App& app, Request const& request);
Result<Response> get_batch_reports(App& app, Request const& request);
Result<Response> delete_batch(App& app, Request const& request);

// sessions.cpp
Result<Response> get_session(App& app, Request const& request);
Result<Response> put_session(App& app, Request const& request);
Result<Response> delete_session(App& app, Request const& request);

// about.cpp
Result<Response> get_models(App& app, Request const& request);
Result<Response> get_version(App& app, Request const& request);
Result<Response> list_examples(App& app, Request const& request);
Result<Response> get_example(App& app, Request const& request);

// operations.cpp
Result<Response> get_metrics(App& app, Request const& request);
Result<Response> get_live(App& app, Request const& request);
Result<Response> get_ready(App& app, Request const& request);
Result<Response> get_openapi(App& app, Request const& request);
Result<Response> get_docs(App& app, Request const& request);

// inference_protocol.cpp
Result<Response> get_server_metadata(App& app, Request const& request);
Result<Response> get_model_metadata(App& app, Request const& request);
Result<Response> get_model_ready(App& app, Request const& request);
Result<Response> post_infer(App& app, Request const& request);
Result<Response> post_explain(App& app, Request const& request);

}  // namespace nevus::server
