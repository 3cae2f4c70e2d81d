// SPDX-License-Identifier: MIT
// What HAPI FHIR's validator says of the files that are named. Ends with 1 where it finds an error in one.
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

public class ValidateBundles {
  public static void main(String[] files) throws Exception {
    var context = FhirContext.forR4();
    var known = new ValidationSupportChain(
        new DefaultProfileValidationSupport(context),
        new CommonCodeSystemsTerminologyService(context),
        new InMemoryTerminologyServerValidationSupport(context));
    var validator = context.newValidator().registerValidatorModule(new FhirInstanceValidator(known));
    int errors = 0;
    int warnings = 0;
    for (var file : files) {
      for (var message : validator.validateWithResult(Files.readString(Path.of(file))).getMessages()) {
        boolean wrong = message.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0;
        errors += wrong ? 1 : 0;
        warnings += message.getSeverity() == ResultSeverityEnum.WARNING ? 1 : 0;
        if (wrong) print(file, message);
      }
    }
    System.out.printf("HAPI FHIR %s: %d errors and %d warnings in %d bundles%n",
        ca.uhn.fhir.util.VersionUtil.getVersion(), errors, warnings, files.length);
    System.exit(errors > 0 ? 1 : 0);
  }

  private static void print(String file, SingleValidationMessage message) {
    System.out.printf("%s: %s: %s: %s%n", Path.of(file).getFileName(), message.getSeverity(),
        message.getLocationString(), message.getMessage());
  }
}
