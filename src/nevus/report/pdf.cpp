// SPDX-License-Identifier: MIT
#include "nevus/report/pdf.h"

#include "nevus/report/pdf_page.h"

namespace nevus::report {

Result<ByteVector> to_pdf(Analysis const& analysis, Image const& photo, ModelIdentity const& model, Prose const& prose,
                          ReportFields const& fields) {
  bool const a4 = fields.paper == PaperSize::kA4;
  PdfReport const report{analysis, photo, model, prose, fields};
  PdfCanvas canvas(a4 ? 595.276 : 612, a4 ? 841.89 : 792,
                   {report.label("report_title") + " " + report.id.substr(0, 16), report.label("disclaimer"),
                    time_text(fields.made, "%Y-%m-%dT%H:%M:%SZ"), std::string(code(prose.language))});
  {
    auto const document = canvas.tag("Document");
    draw_first_page(canvas, report);
    if (report.pages() > 1) {
      canvas.next_page();
      draw_second_page(canvas, report);
    }
  }
  return canvas.finish();
}

}  // namespace nevus::report
